import type { tf } from '@tunesmith/runtime';
import { kernelTable } from '../kernel-table.ts';
import { checkArgument, checkShape } from '../shapes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';

// What WebGPU has of this kind wants caches in its own memory; there the operations of attention do.
const use = kernelTable({ eager: reference, graph, webgpu: reference });

/** What cached attention reads. */
export interface CachedAttentionInputs {
  /** `[batch, tokens, heads, headDim]`, positions rotated in; of the wanted tokens alone, `[batch, 1, heads, headDim]`, where these are said. */
  readonly query: tf.Tensor;
  /** Keys of the same tokens, `[batch, tokens, kvHeads, headDim]`. */
  readonly key: tf.Tensor;
  /** Their values, of the keys' shape. */
  readonly value: tf.Tensor;
  /** Keys of the tokens before them, `[batch, kvHeads, capacity, headDim]`: the n-th of a row in column n. */
  readonly pastKey: tf.Tensor;
  /** Their values, of the same shape. */
  readonly pastValue: tf.Tensor;
  /**
   * Tokens of each row, those of this call included, `[batch]` int32. Where several tokens go on from a cache, there is one row; where
   * nothing is cached yet, rows may be shorter than `tokens`, and what is computed of the rest means nothing.
   */
  readonly filled: tf.Tensor;
  /**
   * Bool of one element: whether this is one row of which nothing is cached, long enough that it pays to compute no keys beyond a
   * piece of its queries. The numbers are the same.
   */
  readonly begins?: tf.Tensor | undefined;
  /** Where the one token of each row stands whose context is wanted, its last: flat positions, `[batch]` int32. */
  readonly wanted?: tf.Tensor | undefined;
  /** A query sees this many keys in a row, itself the last. All before it if absent. */
  readonly window?: number | undefined;
  /** Scores become `softCap · tanh(score / softCap)`. */
  readonly softCap?: number | undefined;
  /** Multiplies the scores; `1 / √headDim` if absent. */
  readonly scale?: number | undefined;
}

/**
 * Causal grouped-query attention of new tokens over a cache and over themselves: `softmax(cap(scale · Q [K_past; K]ᵀ)) [V_past; V]`.
 * The cache stays as it is: whoever keeps it writes the new keys and values into it. It has no gradient.
 *
 * @returns of the query's shape
 * @throws TunesmithError `invalid-shape`, `invalid-argument`
 * @see Ainslie et al., GQA, 2023; `GroupQueryAttention` of ONNX Runtime
 */
export function cachedAttention(inputs: CachedAttentionInputs): tf.Tensor {
  const { query, key, value, pastKey, pastValue, filled, window, softCap } = inputs;
  const check = (name: string, x: tf.Tensor, axes: readonly string[]) =>
    checkShape('cachedAttention', name, x, axes, d);
  const queries = inputs.wanted ? 1 : 'tokens';
  const d = checkShape('cachedAttention', 'query', query, ['batch', queries, 'heads', 'headDim']);
  check('key', key, ['batch', 'tokens', 'kvHeads', 'headDim']);
  check('value', value, ['batch', 'tokens', 'kvHeads', 'headDim']);
  if (inputs.wanted) check('wanted', inputs.wanted, ['batch']);
  check('pastKey', pastKey, ['batch', 'kvHeads', 'capacity', 'headDim']);
  check('pastValue', pastValue, ['batch', 'kvHeads', 'capacity', 'headDim']);
  check('filled', filled, ['batch']);
  if (inputs.begins) checkShape('cachedAttention', 'begins', inputs.begins, [1]);
  const { heads, kvHeads, headDim } = d as Record<string, number>;
  checkArgument('cachedAttention', heads! % kvHeads! === 0, {
    name: 'heads',
    value: heads,
    accepted: `a multiple of the key heads, ${kvHeads}`,
  });
  checkArgument('cachedAttention', window === undefined || window > 0, {
    name: 'window',
    value: window,
    accepted: 'an integer of at least 1',
  });
  checkArgument('cachedAttention', softCap === undefined || softCap > 0, {
    name: 'softCap',
    value: softCap,
    accepted: 'more than 0',
  });
  return use().forward({ ...inputs, scale: inputs.scale ?? 1 / Math.sqrt(headDim!) });
}
