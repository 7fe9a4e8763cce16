import { embedding } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { Scope } from './scope.ts';

/** A trained bias of scores by distance, shared by the blocks of a stack. */
export interface RelativeBias {
  /** Name of the table, `[buckets, heads]`. */
  readonly weight: string;
  readonly buckets: number;
  /** Distances from here on share the last bucket. */
  readonly maximumDistance: number;
  /** Whether keys after the query have buckets of their own. */
  readonly bidirectional: boolean;
}

/**
 * The bucket of a distance (key position − query position): half of the buckets are single distances, the others grow with the
 * logarithm up to the maximum. Raffel et al., "Exploring the Limits of Transfer Learning" (2020). In float32 as torch computes
 * it, since a rounding decides between two buckets.
 */
export function bucketOf(
  distance: number,
  { buckets, maximumDistance, bidirectional }: Omit<RelativeBias, 'weight'>,
): number {
  const count = bidirectional ? Math.floor(buckets / 2) : buckets;
  const first = bidirectional && distance > 0 ? count : 0;
  const steps = bidirectional ? Math.abs(distance) : Math.max(0, -distance);
  const exact = Math.floor(count / 2);
  if (steps < exact) return first + steps;
  const grown = Math.fround(
    Math.fround(Math.log(Math.fround(steps / exact))) /
      Math.fround(Math.log(maximumDistance / exact)),
  );
  return first + Math.min(count - 1, exact + Math.trunc(Math.fround(grown * (count - exact))));
}

/**
 * The bias of every query and key.
 *
 * @param queries positions `[batch, tokens]` int32
 * @param keys positions `[batch, keys]` int32
 * @returns `[batch, heads, tokens, keys]`
 */
export function relativeBias(
  scope: Scope,
  bias: RelativeBias,
  queries: tf.Tensor,
  keys: tf.Tensor,
): tf.Tensor {
  const [batch, tokens] = queries.shape as [number, number];
  const furthest = bias.maximumDistance;
  const buckets = Int32Array.from({ length: 2 * furthest + 1 }, (_, i) =>
    bucketOf(i - furthest, bias),
  );
  const byDistance = embedding(scope.parameter(bias.weight), tf.tensor1d(buckets, 'int32'));
  const distance = tf.sub(
    tf.reshape(keys, [batch, 1, keys.shape[1] as number]),
    tf.reshape(queries, [batch, tokens, 1]),
  );
  const limit = tf.scalar(furthest, 'int32');
  const clipped = tf.add(tf.maximum(tf.minimum(distance, limit), tf.neg(limit)), limit);
  return tf.transpose(embedding(byDistance, tf.cast(clipped, 'int32')), [0, 3, 1, 2]);
}
