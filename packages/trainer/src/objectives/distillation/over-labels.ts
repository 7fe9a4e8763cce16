import { tf } from '@tunesmith/runtime';
import { floats } from '../../data/collate.ts';
import {
  classifiedRows,
  collateTexts,
  labelScoring,
  tokenizeText,
} from '../classification/classification.ts';
import type { ClassifiedExample, ClassifiedRow } from '../classification/classification.ts';
import { labelsOf } from '../classification/labels.ts';
import type { LabelHead } from '../classification/labels.ts';
import { forward } from '../forward.ts';
import type { Objective, ObjectiveContext } from '../objective.ts';
import { mixed } from './soft-loss.ts';
import type { Mixing } from './soft-loss.ts';
import { distributionOf, negativeEntropy, tempered } from './teacher.ts';

/** Distillation of a distribution over the labels of a classifier: `labels` of an example are what the teacher gave each. */
export function distillLabels(
  mixing: Mixing,
  context: ObjectiveContext,
): Objective<ClassifiedExample & Hard, ClassifiedRow & { readonly hard: readonly number[] }> {
  const head = context.model.spec.headKind as LabelHead;
  const count = head.labels.length;
  const rows = classifiedRows(context);
  const scoring = labelScoring(head, context, {});
  return {
    ...rows,
    sums: { correct: 'accuracy' },
    tokenize: (record) => ({
      ...tokenizeText(record, context),
      labels: tempered(distributionOf(record, count), mixing.temperature),
      hard: mixing.hardShare > 0 ? labelsOf(record, head, context, {})[0]! : -1,
    }),
    row: (examples, lengths) => ({
      ...rows.row(examples, lengths),
      hard: examples.map(({ hard }) => hard),
    }),
    collate(all, shape) {
      const batch = collateTexts(all, shape, head);
      const room = batch.feeds['weights']!.data.length;
      const shares = new Float32Array(room * count);
      const right = new Float32Array(room * count);
      const entropies = new Float32Array(room);
      const documents = all.flatMap(({ labels, hard }) =>
        labels.map((teacher, i) => ({ teacher, hard: hard[i]! })),
      );
      for (const [i, { teacher, hard }] of documents.entries()) {
        shares.set(teacher, i * count);
        entropies[i] = negativeEntropy(teacher);
        right[i * count + (hard < 0 ? teacher.indexOf(Math.max(...teacher)) : hard)] = 1;
      }
      return {
        ...batch,
        feeds: {
          ...batch.feeds,
          shares: floats(shares, [room, count]),
          right: floats(right, [room, count]),
          negativeEntropies: floats(entropies),
        },
      };
    },
    scoring: {
      ...scoring,
      tokenize: (record) => ({
        ...tokenizeText(record, context),
        labels: head.labels.map(() => 1 / count),
        hard: -1,
      }),
    },
    loss(batch, scope) {
      const { hidden, head: toLogits } = forward(batch, scope, context);
      const z = toLogits.logits(hidden); // [n, labels]
      const against = (logits: tf.Tensor, shares: tf.Tensor): tf.Tensor =>
        tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), shares), -1));
      const each = mixed(
        mixing,
        against(z, batch['right']!),
        against(tf.div(z, mixing.temperature), batch['shares']!),
        batch['negativeEntropies']!,
      );
      const weights = batch['weights']!;
      const counted = tf.cast(tf.greater(weights, 0), 'float32');
      const hits = tf.greaterEqual(tf.sum(tf.mul(z, batch['right']!), -1), tf.max(z, -1));
      return {
        loss: tf.sum<tf.Scalar>(tf.mul(each, weights)),
        sums: { correct: tf.sum<tf.Scalar>(tf.mul(tf.cast(hits, 'float32'), counted)) },
      };
    },
  };
}

interface Hard {
  /** The number of the right label; −1 where only the teacher is known. */
  readonly hard: number;
}
