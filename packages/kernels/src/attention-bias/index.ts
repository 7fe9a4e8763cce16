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
 * @param options.queryDocuments `[batch, tokens]` int32
 * @param options.keyDocuments `[batch, keys]` int32
 * @param options.causalOffset position of the first query among the keys (0 without a cache); absent: no order
 * @returns `[batch, 1, tokens, keys]`
 * @throws TunesmithError `invalid-shape`
 */
export function attentionBias(options: {
  readonly queryDocuments: tf.Tensor;
  readonly keyDocuments: tf.Tensor;
  readonly causalOffset?: number | undefined;
}): tf.Tensor {
  const { queryDocuments, keyDocuments, causalOffset } = options;
  const dimensions = checkShape('attentionBias', 'queryDocuments', queryDocuments, ['batch', 'tokens']);
  checkShape('attentionBias', 'keyDocuments', keyDocuments, ['batch', 'keys'], dimensions);
  const { batch, tokens, keys } = dimensions as { batch: number; tokens: number; keys: number };
  const apart = tf.notEqual(
    tf.reshape(queryDocuments, [batch, 1, tokens, 1]),
    tf.reshape(keyDocuments, [batch, 1, 1, keys]),
  );
  const documents = tf.mul(tf.cast(apart, 'float32'), HIDDEN);
  if (causalOffset === undefined) return documents;
  return tf.minimum(documents, tf.reshape(causalMask(tokens, keys, causalOffset), [1, 1, tokens, keys]));
}

/** `[tokens, keys]`: 0 where `key ≤ query + offset`, else {@link HIDDEN}. */
export function causalMask(tokens: number, keys: number, offset: number): tf.Tensor {
  return tf.tensor(causalMaskValues(tokens, keys, offset), [tokens, keys]);
}

/** The values of {@link causalMask}, row by row. */
export function causalMaskValues(tokens: number, keys: number, offset: number): Float32Array {
  const values = new Float32Array(tokens * keys);
  for (let query = 0; query < tokens; query++) {
    const visible = Math.min(keys, Math.max(0, query + offset + 1));
    values.fill(HIDDEN, query * keys + visible, (query + 1) * keys);
  }
  return values;
}
