import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import { forward } from '../forward.ts';
import type {
  LossScope,
  Objective,
  ObjectiveContext,
  ObjectivePlugin,
  Scoring,
} from '../objective.ts';
import { failure } from '../record-text.ts';
import { requireModel } from '../require-model.ts';
import { candidatesOf } from './candidates.ts';
import { choiceRows } from './rows.ts';
import type { ChoiceExample, ChoiceRow } from './rows.ts';

interface ChoiceOptions {
  readonly length_normalized: boolean;
}

/** JSON Schema of the option that says how answers are scored. */
export const lengthNormalized = {
  type: 'boolean',
  default: false,
  description: "Whether an answer's log-likelihood is divided by the number of its tokens.",
} as const;

/**
 * Choice among verbalized answers: with `s_c = Σ log p(token of answer c | what stands before it)`, divided by the number of
 * tokens as an option, `loss = −log softmax(s)[right answer]`, a mean over examples. The answers stand in `meta.choices`.
 *
 * With a model of masked text the answers' tokens are guessed in mask tokens; for answers of one token each this is PET's loss
 * (Schick and Schütze 2021).
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
    properties: { length_normalized: lengthNormalized },
    additionalProperties: false,
  },
  create: (options, context) => choose(options as unknown as ChoiceOptions, context),
};

function choose(
  { length_normalized: normalized }: ChoiceOptions,
  context: ObjectiveContext,
): Objective<ChoiceExample, ChoiceRow> {
  requireModel('choice', context, ['decoder', 'encoder', 'encoder-decoder'], 'vocabulary');
  return {
    ...choiceRows(context),
    sums: { correct: 'accuracy' },
    tokenize(record) {
      const { noticed, answer, ...candidates } = candidatesOf(record, context);
      if (answer < 0)
        throw failure(
          record.id,
          'missing-answer',
          'has no answer',
          'an answer that is one of meta.choices',
        );
      const shares = candidates.candidates.map((_, i) => (i === answer ? 1 : 0));
      return { id: record.id, ...candidates, answer, shares, ...noticed };
    },
    scoring: choiceScoring(context, normalized),
    loss(batch, scope) {
      const { scores, members } = answerScores(batch, scope, context, normalized);
      const each = tf.neg(
        tf.sum(tf.mul(tf.mul(tf.logSoftmax(scores), members), batch['shares']!), -1),
      ); // [groups]
      return {
        loss: tf.sum<tf.Scalar>(tf.mul(each, batch['weights']!)),
        sums: { correct: rightAnswers(batch, scores, members) },
      };
    },
  };
}

/** How likely each of a record's answers is: what objectives over answers share. */
export function choiceScoring(
  context: ObjectiveContext,
  normalized: boolean,
): Scoring<ChoiceExample> {
  return {
    over: 'choices',
    answers: (record) => record.meta?.choices ?? [],
    right: (record) => candidatesOf(record, context).answer,
    tokenize(record) {
      const { noticed, ...candidates } = candidatesOf(record, context);
      const shares = candidates.candidates.map((_, __, all) => 1 / all.length);
      return { id: record.id, ...candidates, shares, ...noticed };
    },
    scores: (batch, scope) => candidateScores(batch, scope, context, normalized),
  };
}

/** What an answer scores in a group that it does not belong to: far below any log-likelihood, and finite. */
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
  normalized: boolean,
): { scores: tf.Tensor; members: tf.Tensor } {
  const each = candidateScores(batch, scope, context, normalized);
  const members = belongs(batch['groupOf']!, batch['weights']!.shape[0]!);
  const scores = tf.add(
    tf.mul(tf.expandDims(each, 0), members),
    tf.mul(tf.sub(1, members), elsewhere),
  );
  return { scores, members };
}

/** The log-likelihood of every answer `[candidates]`, a mean over its tokens where it is normalized. */
function candidateScores(
  batch: TensorMap,
  scope: LossScope,
  context: ObjectiveContext,
  normalized: boolean,
): tf.Tensor {
  const { hidden, head } = forward(batch, scope, context);
  const logits = head.logits(hidden); // [terms, vocabulary]
  const wanted = tf.oneHot(batch['targets'] as tf.Tensor1D, logits.shape[1]!);
  const ofTerms = tf.sum(tf.mul(tf.logSoftmax(logits), wanted), -1);
  const candidates = batch['groupOf']!.shape[0]!;
  const sums = tf.reshape(
    tf.matMul(belongs(batch['candidateOf']!, candidates), tf.expandDims(ofTerms, 1)),
    [candidates],
  );
  return normalized ? tf.div(sums, batch['sizes']!) : sums;
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
