import { tf } from '@tunesmith/runtime';
import { floats } from '../../data/collate.ts';
import { answerScores, choiceScoring, rightAnswers } from '../choice/choice.ts';
import type { AnswerScoring } from '../choice/choice.ts';
import { candidatesOf } from '../choice/candidates.ts';
import { choiceRows } from '../choice/rows.ts';
import type { ChoiceExample, ChoiceRow } from '../choice/rows.ts';
import type { Objective, ObjectiveContext } from '../objective.ts';
import { failure } from '../record-text.ts';
import { mixed } from './soft-loss.ts';
import type { Mixing } from './soft-loss.ts';
import { distributionOf, negativeEntropy, tempered } from './teacher.ts';

/** Distillation of a distribution over `meta.choices`: the scores of `choice` come near a teacher's. */
export function distillAnswers(
  mixing: Mixing,
  scoring: AnswerScoring,
  context: ObjectiveContext,
): Objective<ChoiceExample, ChoiceRow> {
  const rows = choiceRows(context);
  const { temperature, hardShare } = mixing;
  return {
    ...rows,
    sums: { correct: 'accuracy' },
    tokenize(record) {
      const { noticed, answer, ...candidates } = candidatesOf(record, context);
      if (answer < 0 && hardShare > 0)
        throw failure(
          record.id,
          'missing-answer',
          'has no answer',
          'an answer that is one of meta.choices, or hard_share: 0',
        );
      const shares = tempered(distributionOf(record, candidates.candidates.length), temperature);
      return { id: record.id, ...candidates, answer, shares, ...noticed };
    },
    collate(all, shape, draw) {
      const batch = rows.collate(all, shape, draw);
      const entropies = new Float32Array(batch.feeds['weights']!.data.length);
      entropies.set(
        all.flatMap(({ groups }) => groups.map(({ shares }) => negativeEntropy(shares))),
      );
      return { ...batch, feeds: { ...batch.feeds, negativeEntropies: floats(entropies) } };
    },
    scoring: choiceScoring(context, scoring),
    loss(batch, scope) {
      const { scores, members } = answerScores(batch, scope, context, scoring);
      const against = (logits: tf.Tensor, shares: tf.Tensor): tf.Tensor =>
        tf.neg(tf.sum(tf.mul(tf.mul(tf.logSoftmax(logits), members), shares), -1));
      const each = mixed(
        mixing,
        against(scores, batch['right']!),
        against(tf.div(scores, temperature), batch['shares']!),
        batch['negativeEntropies']!,
      );
      return {
        loss: tf.sum<tf.Scalar>(tf.mul(each, batch['weights']!)),
        sums: { correct: rightAnswers(batch, scores, members) },
      };
    },
  };
}
