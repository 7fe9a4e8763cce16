import { attention } from '@tunesmith/kernels';
import type { AttentionInputs } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import { modelsError } from '../errors.ts';
import type { Hooks } from '../hooks.ts';
import type { Batch, PastLayer } from '../model.ts';
import type { AttentionSite } from '../sites.ts';
import type { Scope } from './scope.ts';

/** Segments of queries and keys, as `attention` takes them. */
export type Visibility = NonNullable<AttentionInputs['segmentIds']>;

/**
 * Which documents see each other; that tokens see earlier ones only is left to the attention itself, which need not compute what
 * nobody sees. Undefined where every row is one document: order alone tells what is seen.
 *
 * @throws TunesmithError `missing-input` for a cache without document numbers: its unused rows could not be told
 */
export function visibility({ segmentIds, past }: Batch): Visibility | undefined {
  if (!segmentIds && !past) return undefined;
  if (!segmentIds)
    throw modelsError({
      code: 'missing-input',
      message: 'a batch that goes on from a cache has no document numbers',
      accepted: 'segmentIds [1, tokens] beside past.segmentIds',
    });
  const key = past ? tf.concat([past.segmentIds, segmentIds], 1) : segmentIds;
  return { query: segmentIds, key };
}

/** `[batch, tokens, heads · headDim]` to `[batch, tokens, heads, headDim]`. */
export function splitHeads(x: tf.Tensor, heads: number): tf.Tensor {
  const [batch, tokens, width] = x.shape as [number, number, number];
  return tf.reshape(x, [batch, tokens, heads, width / heads]);
}

/** Rows of a cache, `[past, kvHeads, headDim]`, before the keys (or values) of this call, `[1, tokens, kvHeads, headDim]`. */
function afterPast(past: tf.Tensor, present: tf.Tensor): tf.Tensor {
  return tf.concat([tf.expandDims(past, 0), present], 1);
}

/**
 * Attention over one block's heads, with the `attention` hook before the products.
 *
 * @param heads what the linear maps gave
 * @param heads.query `[batch, tokens, heads, headDim]`, positions rotated in
 * @param heads.key `[batch, tokens, kvHeads, headDim]`, likewise
 * @param heads.value `[batch, tokens, kvHeads, headDim]`
 * @param segmentIds of {@link visibility}
 * @returns `output` `[batch, tokens, heads · headDim]`; `present` for the cache where the batch keeps it
 */
export function attend(
  scope: Scope,
  site: AttentionSite,
  heads: { readonly query: tf.Tensor; readonly key: tf.Tensor; readonly value: tf.Tensor },
  batch: Batch,
  segmentIds: Visibility | undefined,
  scale?: number,
): { output: tf.Tensor; present?: PastLayer } {
  const { query, key, value, prefix }: ReturnType<NonNullable<Hooks['attention']>> =
    scope.hooks.attention?.(site, heads) ?? heads;
  const past = batch.past?.layers[site.layer];
  const context = attention({
    query,
    key: past ? afterPast(past.key, key) : key,
    value: past ? afterPast(past.value, value) : value,
    segmentIds,
    sees: 'causal',
    scale,
    prefix,
  });
  const [rows, tokens] = context.shape as [number, number];
  const output = tf.reshape(context, [rows, tokens, site.heads * site.headDim]);
  if (!batch.keepPresent) return { output };
  return { output, present: { key: tf.squeeze(key, [0]), value: tf.squeeze(value, [0]) } };
}
