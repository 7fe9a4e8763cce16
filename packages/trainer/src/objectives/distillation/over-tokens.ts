import { embedding } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import { isTokenized } from '@tunesmith/schema';
import type { DataRecord } from '@tunesmith/schema';
import { floats, integers } from '../../data/collate.ts';
import { UNSUPERVISED } from '../../data/rows.ts';
import type { LabeledExample, Row } from '../../data/rows.ts';
import { tokenizeRecord } from '../../data/tokenize.ts';
import { causalLanguageModeling, supervisedCount } from '../causal-lm/causal-lm.ts';
import { forward, routerSums, withRouters } from '../forward.ts';
import type { Objective, ObjectiveContext } from '../objective.ts';
import { mixed } from './soft-loss.ts';
import type { Mixing } from './soft-loss.ts';
import { negativeEntropy, teacherTokensOf, tempered } from './teacher.ts';
import type { TeacherTokens } from './teacher.ts';

interface TaughtExample extends LabeledExample {
  /** What the teacher predicted at each supervised position. */
  readonly teacher: readonly TeacherTokens[];
}

interface TaughtRow extends Row {
  readonly teacher: readonly TeacherTokens[];
}

/**
 * Distillation at every supervised token of the answers: a teacher's likeliest tokens and their probabilities, of which the
 * first `topTokens` are used. The model's distribution is that over the whole vocabulary.
 */
export function distillTokens(
  mixing: Mixing & { readonly topTokens: number },
  context: ObjectiveContext,
): Objective<TaughtExample, TaughtRow> {
  const { scoring: _none, ...causal } = causalLanguageModeling(
    {
      learn: 'answers',
      cut: 'end',
      label_smoothing: 0,
      neftune_alpha: 0,
      router_loss: 'configured',
    },
    context,
  );
  const { temperature, topTokens: k } = mixing;
  return {
    ...causal,
    tokenize(record) {
      const example = causal.tokenize(record);
      const all = teacherTokensOf(record, supervisedOf(record, context));
      const kept = all.slice(0, supervisedCount(example, context.virtualTokens));
      return { ...example, teacher: kept.map((one) => top(one, k, temperature)) };
    },
    row: (examples, lengths) => ({
      ...causal.row(examples, lengths),
      teacher: examples.flatMap(({ teacher }) => teacher),
    }),
    collate(rows, shape, draw) {
      const batch = causal.collate(rows, shape, draw);
      // the teacher stands where the weights stand: gathered, or at every position
      const weights = batch.feeds['weights']!.data;
      const ids = new Int32Array(weights.length * k);
      const shares = new Float32Array(weights.length * k);
      const entropies = new Float32Array(weights.length);
      const teachers = rows.flatMap(({ teacher }) => teacher).values();
      for (const [i, weight] of weights.entries()) {
        if (weight === 0) continue;
        const { ids: own, probabilities } = teachers.next().value!;
        ids.set(own, i * k);
        shares.set(probabilities, i * k);
        entropies[i] = negativeEntropy(probabilities);
      }
      return {
        ...batch,
        feeds: {
          ...batch.feeds,
          teacherIds: integers(ids, [weights.length, k]),
          shares: floats(shares, [weights.length, k]),
          negativeEntropies: floats(entropies),
        },
      };
    },
    loss(batch, scope) {
      const forwarded = forward(batch, scope, context);
      const z = forwarded.head.logits(forwarded.hidden); // [n, vocabulary]
      const targets = batch['targets'] as tf.Tensor1D;
      const [n, vocabulary] = z.shape as [number, number];
      const hard = tf.neg(tf.sum(tf.mul(tf.logSoftmax(z), tf.oneHot(targets, vocabulary)), -1));
      const cool = tf.reshape(tf.logSoftmax(tf.div(z, temperature)), [n * vocabulary, 1]);
      const places = tf.add(
        batch['teacherIds']!,
        tf.expandDims(tf.range(0, n * vocabulary, vocabulary, 'int32'), 1),
      );
      const ofTeacher = tf.reshape(embedding(cool, places), [n, k]);
      const crossEntropy = tf.neg(tf.sum(tf.mul(ofTeacher, batch['shares']!), -1));
      const each = mixed(mixing, hard, crossEntropy, batch['negativeEntropies']!);
      const weights = batch['weights']!;
      const right = tf.logicalAnd(tf.equal(tf.argMax(z, -1), targets), tf.greater(weights, 0));
      return {
        loss: withRouters(tf.sum<tf.Scalar>(tf.mul(each, weights)), forwarded),
        sums: {
          correct: tf.sum<tf.Scalar>(tf.cast(right, 'float32')),
          ...routerSums(forwarded),
        },
      };
    },
  };
}

/** The teacher's `k` likeliest tokens at the temperature; where there are fewer, the last ones have a share of 0. */
function top({ ids, probabilities }: TeacherTokens, k: number, temperature: number): TeacherTokens {
  const order = ids.map((id, i) => ({ id, p: probabilities[i]! })).toSorted((a, b) => b.p - a.p);
  const kept = order.slice(0, k);
  const shares = tempered(
    kept.map(({ p }) => p),
    temperature,
  );
  const rest = Array.from({ length: k - kept.length }, () => 0);
  return { ids: [...kept.map(({ id }) => id), ...rest], probabilities: [...shares, ...rest] };
}

/** Supervised positions of a whole record, before any is cut off. */
function supervisedOf(record: DataRecord, context: ObjectiveContext): number {
  const first = context.virtualTokens.input > 0 ? 0 : 1;
  const labels = isTokenized(record)
    ? record.labels
    : [...tokenizeRecord(record, { ...context, maximumLength: Number.MAX_SAFE_INTEGER }).labels];
  return labels.slice(first).filter((label) => label !== UNSUPERVISED).length;
}
