import { constant, tf } from '@tunesmith/runtime';
import { embedding } from '../embedding/index.ts';
import { checkArgument, checkShape } from '../shapes.ts';

/** How distances share the rows of a table. */
export interface RelativeBuckets {
  /** Number of rows. */
  readonly buckets: number;
  /** From this distance on all share the last bucket. */
  readonly maximumDistance: number;
  /** Whether keys after the query have buckets of their own, half of all; if not, they share that of distance 0. */
  readonly bidirectional: boolean;
}

/**
 * The bucket of a key `distance` places after its query (negative: before it).
 *
 * Of the buckets of one direction the first half are for one distance each, the others for ranges that grow geometrically up to
 * `maximumDistance`.
 *
 * @see Raffel et al., Exploring the Limits of Transfer Learning, 2020 (T5)
 */
export function relativeBucket(distance: number, options: RelativeBuckets): number {
  const { buckets, maximumDistance, bidirectional } = options;
  const own = bidirectional ? Math.floor(buckets / 2) : buckets;
  const first = bidirectional && distance > 0 ? own : 0;
  const away = bidirectional ? Math.abs(distance) : Math.max(0, -distance);
  const exact = Math.floor(own / 2);
  if (away < exact) return first + away;
  if (away >= maximumDistance) return first + own - 1;
  // Rounded where float32 arithmetic rounds, because a distance at the edge of a range falls where rounding says.
  const { fround, log } = Math;
  const share = fround(fround(log(fround(away / exact))) / fround(log(maximumDistance / exact)));
  return first + Math.min(own - 1, exact + Math.floor(fround(share * (own - exact))));
}

/**
 * A trained bias by the distance between key and query, for `attention`: `table[bucket(key − query)]`.
 *
 * The gradient adds up what all pairs of a bucket give.
 *
 * @param table `[buckets, heads]`
 * @param positions.query `[batch or 1, tokens]` int32; places serve as well as positions: in packed rows only their differences
 *   within a segment matter
 * @param positions.key `[batch or 1, keys]` int32
 * @returns `[batch or 1, heads, tokens, keys]`
 * @throws TunesmithError `invalid-shape`, `invalid-argument`
 * @see Raffel et al., Exploring the Limits of Transfer Learning, 2020 (T5)
 */
export function relativePositionBias(
  table: tf.Tensor,
  positions: { readonly query: tf.Tensor; readonly key: tf.Tensor },
  options: Omit<RelativeBuckets, 'buckets'>,
): tf.Tensor {
  const kernel = 'relativePositionBias';
  const { buckets, heads } = checkShape(kernel, 'table', table, ['buckets', 'heads']) as {
    buckets: number;
    heads: number;
  };
  const dimensions = checkShape(kernel, 'positions.query', positions.query, ['batch', 'tokens']);
  checkShape(kernel, 'positions.key', positions.key, ['batch', 'keys'], dimensions);
  checkBuckets(kernel, buckets, options);
  const { batch, tokens, keys } = dimensions as { batch: number; tokens: number; keys: number };
  const ids = bucketIds(positions, { ...options, buckets });
  const rows = embedding(table, tf.reshape(ids, [batch * tokens * keys]));
  return tf.transpose(tf.reshape(rows, [batch, tokens, keys, heads]), [0, 3, 1, 2]);
}

/** `[batch, tokens, keys]`, looked up by distance: all beyond the largest distance share a bucket. */
function bucketIds(
  { query, key }: { query: tf.Tensor; key: tf.Tensor },
  options: RelativeBuckets,
): tf.Tensor {
  const most = options.maximumDistance;
  const data = Int32Array.from({ length: 2 * most + 1 }, (_, i) =>
    relativeBucket(i - most, options),
  );
  const lookup = constant({ data, shape: [data.length], dtype: 'int32' });
  const distance = tf.sub(tf.expandDims(key, 1), tf.expandDims(query, 2));
  const bounded = tf.minimum(
    tf.maximum(tf.add(distance, tf.scalar(most, 'int32')), tf.scalar(0, 'int32')),
    tf.scalar(2 * most, 'int32'),
  );
  return tf.gather(lookup, bounded as tf.Tensor1D);
}

function checkBuckets(
  kernel: string,
  buckets: number,
  { maximumDistance, bidirectional }: Omit<RelativeBuckets, 'buckets'>,
): void {
  const exact = Math.floor(buckets / (bidirectional ? 4 : 2));
  checkArgument(kernel, exact >= 1, {
    name: 'rows of the table',
    value: buckets,
    accepted: `at least ${bidirectional ? 4 : 2}`,
  });
  checkArgument(kernel, Number.isInteger(maximumDistance) && maximumDistance >= exact, {
    name: 'maximumDistance',
    value: maximumDistance,
    accepted: `an integer of at least ${exact}, the distances that have buckets of their own`,
  });
}
