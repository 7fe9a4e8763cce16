import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import { answerChoices } from '@tunesmith/schema';
import { forward } from '../forward.ts';
import type {
  LossScope,
  Objective,
  ObjectiveContext,
  ObjectivePlugin,
  Scoring,
} from '../objective.ts';
import { failure } from '../record-text.ts';
import { maskingOf } from '../masked-lm/masking-options.ts';
import { requireModel } from '../require-model.ts';
import { candidatesOf } from './candidates.ts';
import { auxiliaryMasking, maskedQuestion } from './masked-question.ts';
import type { AuxiliaryMasking } from './masked-question.ts';
import { choiceRows } from './rows.ts';
import type { ChoiceExample, ChoiceRow } from './rows.ts';

/** How answers are scored: what objectives over answers share. */
export interface AnswerScoring {
  /** Whether a wording's log-likelihood is divided by the number of its tokens. */
  readonly length_normalized: boolean;
  /** What an answer scores that may be said in several words. */
  readonly several_words: 'mean' | 'highest';
}

/** JSON Schemas of {@link AnswerScoring}. */
export const answerScoring = {
  length_normalized: {
    type: 'boolean',
    default: false,
    description: "Whether an answer's log-likelihood is divided by the number of its tokens.",
  },
  several_words: {
    type: 'string',
    enum: ['mean', 'highest'],
    default: 'mean',
    description:
      'What an answer scores that the template can say in several words: the mean of their log-likelihoods, or the highest.',
  },
} as const;

interface ChoiceOptions extends AnswerScoring {
  readonly masked_lm: AuxiliaryMasking;
}

/**
 * Choice among verbalized answers. `s_w = Σ log p(token of wording w | what stands before it)`, divided by the number of tokens as an
 * option; an answer that may be said in several words scores the mean of theirs, or the highest; and
 * `loss = −log softmax(s)[right answer]`, a mean over examples. The answers stand in `meta.choices`, or
 * are those that the template knows.
 *
 * With a model of masked text the answers' tokens are guessed in mask tokens; for words of one token each this is PET's loss
 * (Schick and Schütze 2021). There the auxiliary loss may be added, `L = (1 − α) · L_choice + α · L_MLM`, L_MLM being a mean over
 * masked tokens of the questions, those of rows without an answer too. It acts in training alone, and is reported where it has a
 * weight.
 */
export const choice: ObjectivePlugin = {
  specVersion: 2,
  name: 'choice',
  description: 'Make the right one of several answers likelier than the others.',
  reference: {
    title:
      'Exploiting Cloze Questions for Few Shot Text Classification and Natural Language Inference',
    authors: 'Schick, Schütze',
    year: 2021,
    url: 'https://arxiv.org/abs/2001.07676',
  },
  options: {
    type: 'object',
    properties: { ...answerScoring, masked_lm: auxiliaryMasking },
    additionalProperties: false,
  },
  create: (options, context) => choose(options as unknown as ChoiceOptions, context),
};

function choose(
  { masked_lm: auxiliary, ...scoring }: ChoiceOptions,
  context: ObjectiveContext,
): Objective<ChoiceExample, ChoiceRow> {
  requireModel('choice', context, ['decoder', 'encoder', 'encoder-decoder'], 'vocabulary');
  const { weight } = auxiliary;
  if (weight > 0) requireModel('choice with masked_lm', context, ['encoder'], 'vocabulary');
  const masking = weight > 0 ? maskingOf('choice', auxiliary, context) : undefined;
  return {
    ...choiceRows(context, masking),
    sums: { correct: 'accuracy', ...(masking ? { masked: 'masked_loss' } : {}) },
    ...(masking ? { over: { masked: 'maskedWeights' } } : {}),
    tokenize(record) {
      const { noticed, answer, ...candidates } = candidatesOf(record, context);
      const masked = masking && maskedQuestion(record, context);
      if (answer < 0 && masked)
        return {
          id: record.id,
          documents: [],
          candidates: [],
          answer,
          shares: [],
          masked,
          truncated: candidates.truncated,
          ...noticed,
        };
      if (answer < 0)
        throw failure(
          record.id,
          'missing-answer',
          'has no answer',
          'an answer that is one of meta.choices; or masked_lm with a weight, which learns from rows without',
        );
      const shares = candidates.candidates.map((_, i) => (i === answer ? 1 : 0));
      return {
        id: record.id,
        ...candidates,
        answer,
        shares,
        ...(masked ? { masked } : {}),
        ...noticed,
      };
    },
    scoring: choiceScoring(context, scoring),
    loss(batch, scope) {
      const ofTerms = termLikelihoods(batch, scope, context);
      const { scores, members } = grouped(candidateScores(ofTerms, batch, scoring), batch);
      const each = tf.neg(
        tf.sum(tf.mul(tf.mul(tf.logSoftmax(scores), members), batch['shares']!), -1),
      ); // [groups]
      const chosen = tf.sum<tf.Scalar>(tf.mul(each, batch['weights']!));
      const sums = { correct: rightAnswers(batch, scores, members) };
      const weights = batch['maskedWeights'];
      if (!weights) return { loss: chosen, sums };
      const masked = tf.neg(ofTerms);
      const share = tf.sum<tf.Scalar>(tf.mul(masked, weights));
      const counted = tf.cast(tf.greater(weights, 0), 'float32');
      return {
        loss: scope.training
          ? tf.add<tf.Scalar>(tf.mul(chosen, 1 - weight), tf.mul(share, weight))
          : chosen,
        sums: { ...sums, masked: tf.sum<tf.Scalar>(tf.mul(masked, counted)) },
      };
    },
  };
}

/** How likely each of a record's answers is: what objectives over answers share. */
export function choiceScoring(
  context: ObjectiveContext,
  scoring: AnswerScoring,
): Scoring<ChoiceExample> {
  return {
    over: 'choices',
    answers: (record) => answerChoices(record, context.template) ?? [],
    right: (record) => candidatesOf(record, context).answer,
    tokenize(record) {
      const { noticed, ...candidates } = candidatesOf(record, context);
      const shares = candidates.candidates.map((_, __, all) => 1 / all.length);
      return { id: record.id, ...candidates, shares, ...noticed };
    },
    scores: (batch, scope) =>
      candidateScores(termLikelihoods(batch, scope, context), batch, scoring),
  };
}

/** What does not belong scores this: far below any log-likelihood, and finite. */
const elsewhere = -1e9;

/**
 * The log-likelihood of each answer in its group.
 *
 * @returns `scores` and `members` `[groups, candidates]`: the scores where an answer belongs to the group, and 1 or 0 for whether
 * it does
 */
export function answerScores(
  batch: TensorMap,
  scope: LossScope,
  context: ObjectiveContext,
  scoring: AnswerScoring,
): { scores: tf.Tensor; members: tf.Tensor } {
  return grouped(candidateScores(termLikelihoods(batch, scope, context), batch, scoring), batch);
}

function grouped(each: tf.Tensor, batch: TensorMap): { scores: tf.Tensor; members: tf.Tensor } {
  const members = belongs(batch['groupOf']!, batch['weights']!.shape[0]!);
  return { scores: among(each, members), members };
}

/** The log-likelihood of the token that each term is to predict, `[terms]`. */
function termLikelihoods(batch: TensorMap, scope: LossScope, context: ObjectiveContext): tf.Tensor {
  const { hidden, head } = forward(batch, scope, context);
  const logits = head.logits(hidden); // [terms, vocabulary]
  const wanted = tf.oneHot(batch['targets'] as tf.Tensor1D, logits.shape[1]!);
  return tf.sum(tf.mul(tf.logSoftmax(logits), wanted), -1);
}

/** The score of every answer, `[candidates]`. */
function candidateScores(
  ofTerms: tf.Tensor,
  batch: TensorMap,
  { length_normalized: normalized, several_words: several }: AnswerScoring,
): tf.Tensor {
  const sums = total(ofTerms, belongs(batch['wordingOf']!, batch['sizes']!.shape[0]!));
  const ofWordings = normalized ? tf.div(sums, batch['sizes']!) : sums;
  const members = belongs(batch['candidateOf']!, batch['groupOf']!.shape[0]!);
  return several === 'highest'
    ? tf.max(among(ofWordings, members), -1)
    : tf.div(total(ofWordings, members), tf.maximum(tf.sum(members, -1), 1));
}

/** The sum of the items of each member, `[count]` of `[items]`. */
function total(items: tf.Tensor, members: tf.Tensor): tf.Tensor {
  return tf.reshape(tf.matMul(members, tf.expandDims(items, 1)), [members.shape[0]!]);
}

/** The items where they belong, and far below them elsewhere, `[count, items]`. */
function among(items: tf.Tensor, members: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(tf.expandDims(items, 0), members), tf.mul(tf.sub(1, members), elsewhere));
}

/** 1 where item i belongs to k, `[count, items]`. */
function belongs(to: tf.Tensor, count: number): tf.Tensor {
  const numbers = tf.expandDims(tf.range(0, count, 1, 'int32'), 1);
  return tf.cast(tf.equal(numbers, tf.expandDims(to, 0)), 'float32');
}

/** In how many groups no answer is likelier than the right one. */
export function rightAnswers(batch: TensorMap, scores: tf.Tensor, members: tf.Tensor): tf.Scalar {
  const right = tf.mul(members, batch['right']!);
  const best = tf.max(scores, -1);
  const ofRight = tf.sum(tf.mul(scores, right), -1);
  const known = tf.sum(right, -1);
  return tf.sum<tf.Scalar>(tf.mul(tf.cast(tf.greaterEqual(ofRight, best), 'float32'), known));
}
