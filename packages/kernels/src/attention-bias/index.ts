import { tf } from '@tunesmith/runtime';
import { checkShape } from '../shapes.ts';

/** Added to the scores of keys that a query must not see: far below any score, yet finite, so that rows without any visible key stay free of NaN. */
export const HIDDEN = -1e9;

/**
 * The bias that keeps packed documents apart and, with `causalOffset`, the future hidden: 0 where a query may
 * see a key, a large negative number elsewhere. Computed once per forward pass and shared by all layers.
 *
 * Query i sees key j if both belong to the same document and `j ≤ i + causalOffset`. Padding is document 0: it
 * sees padding only.
 *
 * @param options.querySegmentIds `[batch, tokens]` int32
 * @param options.keySegmentIds `[batch, keys]` int32
 * @param options.causalOffset position of the first query among the keys (0 without a cache); absent: no order
 * @returns `[batch, 1, tokens, keys]`
 * @throws TunesmithError `invalid-shape`
 */
export function attentionBias(options: {
  readonly querySegmentIds: tf.Tensor;
  readonly keySegmentIds: tf.Tensor;
  readonly causalOffset?: number | undefined;
}): tf.Tensor {
  const { querySegmentIds, keySegmentIds, causalOffset } = options;
  const dimensions = checkShape('attentionBias', 'querySegmentIds', querySegmentIds, [
    'batch',
    'tokens',
  ]);
  checkShape('attentionBias', 'keySegmentIds', keySegmentIds, ['batch', 'keys'], dimensions);
  const { batch, tokens, keys } = dimensions as { batch: number; tokens: number; keys: number };
  const apart = tf.notEqual(
    tf.reshape(querySegmentIds, [batch, 1, tokens, 1]),
    tf.reshape(keySegmentIds, [batch, 1, 1, keys]),
  );
  const segmentIds = tf.mul(tf.cast(apart, 'float32'), HIDDEN);
  if (causalOffset === undefined) return segmentIds;
  return tf.minimum(
    segmentIds,
    tf.reshape(causalBias(tokens, keys, causalOffset), [1, 1, tokens, keys]),
  );
}

/** `[tokens, keys]`: 0 where `key ≤ query + offset`, else {@link HIDDEN}. */
export function causalBias(tokens: number, keys: number, offset: number): tf.Tensor {
  const last = tf.add(tf.range(0, tokens, 1, 'int32'), tf.scalar(offset, 'int32'));
  const hidden = tf.greater(
    tf.expandDims(tf.range(0, keys, 1, 'int32'), 0),
    tf.expandDims(last, 1),
  );
  return tf.mul(tf.cast(hidden, 'float32'), HIDDEN);
}
