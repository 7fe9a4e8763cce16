import { attention, attentionBias } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { Hooks } from '../hooks.ts';
import type { Batch, PastLayer } from '../model.ts';
import type { AttentionSite } from '../sites.ts';
import type { Scope } from './scope.ts';

/**
 * Which documents see each other, `[batch, 1, tokens, past + tokens]`; that tokens see earlier ones only is left to the
 * attention itself, which need not compute what nobody sees. Made once for all blocks.
 */
export function visibility(batch: Batch): tf.Tensor {
  const { documents, past } = batch;
  const keyDocuments = past ? tf.concat([past.documents, documents], 1) : documents;
  return attentionBias({ queryDocuments: documents, keyDocuments });
}

/** `[batch, tokens, heads · headDim]` to `[batch, heads, tokens, headDim]`. */
export function splitHeads(x: tf.Tensor, heads: number): tf.Tensor {
  const [batch, tokens, width] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]);
}

/** Rows of a cache, `[past, kvHeads, headDim]`, before the keys (or values) of this call, `[1, kvHeads, tokens, headDim]`. */
function afterPast(past: tf.Tensor, present: tf.Tensor): tf.Tensor {
  return tf.concat([tf.expandDims(tf.transpose(past, [1, 0, 2]), 0), present], 2);
}

/** Keys (or values) of one call as rows of a cache: `[1, kvHeads, tokens, headDim]` to `[tokens, kvHeads, headDim]`. */
function asRows(present: tf.Tensor): tf.Tensor {
  return tf.transpose(tf.squeeze(present, [0]), [1, 0, 2]);
}

/**
 * Attention over one block's heads, with the `attention` hook before the products.
 *
 * @param query `[batch, heads, tokens, headDim]`, positions rotated in
 * @param key `[batch, kvHeads, tokens, headDim]`, likewise
 * @param value `[batch, kvHeads, tokens, headDim]`
 * @param bias of {@link visibility}
 * @returns `output` `[batch, tokens, heads · headDim]`; `present` for the cache where the batch keeps it
 */
export function attend(
  scope: Scope,
  site: AttentionSite,
  heads: { readonly query: tf.Tensor; readonly key: tf.Tensor; readonly value: tf.Tensor },
  batch: Batch,
  bias: tf.Tensor,
  scale?: number,
): { output: tf.Tensor; present?: PastLayer } {
  const { query, key, value, prefix }: ReturnType<NonNullable<Hooks['attention']>> =
    scope.hooks.attention?.(site, heads) ?? heads;
  const past = batch.past?.layers[site.layer];
  const context = attention({
    query,
    key: past ? afterPast(past.key, key) : key,
    value: past ? afterPast(past.value, value) : value,
    bias,
    causal: true,
    scale,
    prefix,
  });
  const [rows, , tokens] = context.shape as [number, number, number, number];
  const output = tf.reshape(tf.transpose(context, [0, 2, 1, 3]), [
    rows,
    tokens,
    site.heads * site.headDim,
  ]);
  return batch.keepPresent
    ? { output, present: { key: asRows(key), value: asRows(value) } }
    : { output };
}
