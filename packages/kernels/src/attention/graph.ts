import { tf } from '@tunesmith/runtime';
import { causalBias } from '../attention-bias/index.ts';
import { product } from '../graph-nodes.ts';
import { queryBlocks } from './blocks.ts';
import type { QueryBlock } from './blocks.ts';
import type { PreparedAttention } from './reference.ts';
import { firstVisible, isVisible, outside, reshapeWindow, within } from './window.ts';
import type { KeyWindow } from './window.ts';

// A hidden key is lowered to this much below the largest score of its row: its probability, at most e⁻⁶⁰,
// changes no digit of a float32 sum. Any lower, the exponential would be a subnormal number, which takes the
// processor many times longer (masks and softmax of eight packed documents: 8.9 instead of 2.8 ms a layer).
const NEGLIGIBLE = 60;

/**
 * Output and what the gradient needs: the output itself, each block's probabilities, and where its keys begin. With a bias,
 * blocks leave out the keys in front that it hides from all their queries: packed documents then cost what they would alone.
 */
export function forward(inputs: PreparedAttention): { output: tf.Tensor; kept: tf.Tensor[] } {
  const { bias, scale } = inputs;
  const { query, key, value } = headsFirst(inputs);
  const [batch, heads, tokens, headDim] = query.shape as [number, number, number, number];
  const blocks = queryBlocks(tokens, key.shape[2] as number, inputs.causal);
  const probabilities: tf.Tensor[] = [];
  const firsts: tf.Tensor[] = [];
  const outputs = blocks.map((block) => {
    const first = bias && block.begin > 0 ? firstVisible(bias, block) : undefined;
    if (first) firsts.push(first);
    const window = { first, end: block.keys };
    const size = block.end - block.begin;
    const scores = product(queries(query, key, block), keys(key, window), {
      transposeB: true,
      alpha: scale,
    });
    const byHead = reshapeWindow(scores, [batch, heads, size, block.keys], 3, window);
    const p = reshapeWindow(maskedSoftmax(byHead, inputs, block, window), scores.shape, 3, window);
    probabilities.push(p);
    return tf.reshape(product(p, keys(value, window)), [batch, heads, size, headDim]);
  });
  const output = join(outputs, 2);
  return { output: swap(output), kept: [output, ...probabilities, ...firsts] };
}

/** The gradients of query, key and value, block by block; `rowsum(P ∘ dP)` is `rowsum(dO ∘ O)`. */
export function gradient(
  dyByToken: tf.Tensor,
  inputs: PreparedAttention,
  [output, ...kept]: tf.Tensor[],
): { query: tf.Tensor; key: tf.Tensor; value: tf.Tensor } {
  const { scale, causal } = inputs;
  const { query, key, value } = headsFirst(inputs);
  const dy = swap(dyByToken);
  const [batch, heads, tokens, headDim] = query.shape as [number, number, number, number];
  const all = key.shape[2] as number;
  const projection = tf.sum(tf.mul(dy, output!), -1, true);
  const blocks = queryBlocks(tokens, all, causal);
  const firsts = kept.slice(blocks.length); // of all blocks but the first
  const parts = blocks.map((block, i) => {
    const window = { first: firsts[i - 1], end: block.keys };
    const p = kept[i]!;
    const dOutput = queries(dy, key, block);
    const dP = product(dOutput, keys(value, window), { transposeB: true });
    const dScores = tf.mul(p, tf.sub(dP, queries(projection, key, block)));
    const dQuery = product(dScores, keys(key, window), { alpha: scale });
    const dKey = product(dScores, queries(query, key, block), { transposeA: true, alpha: scale });
    const dValue = product(p, dOutput, { transposeA: true });
    return {
      query: tf.reshape(dQuery, [batch, heads, block.end - block.begin, headDim]),
      key: outside(tf.sum(dKey, 1), all, window),
      value: outside(tf.sum(dValue, 1), all, window),
    };
  });
  const each = (name: 'query' | 'key' | 'value') => parts.map((part) => part[name]);
  return {
    query: swap(join(each('query'), 2)),
    key: swap(sum(each('key'), key)),
    value: swap(sum(each('value'), value)),
  };
}

/** Tokens and heads change places: `[batch, n, heads, width]` to `[batch, heads, n, width]` and back. */
function swap(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [0, 2, 1, 3]);
}

/** What follows goes head by head. Equal nodes are recorded once: the gradient finds the forward pass's. */
function headsFirst({ query, key, value }: PreparedAttention) {
  return { query: swap(query), key: swap(key), value: swap(value) };
}

/** A block's queries, those of one key head together: `[batch · kvHeads, parts, rows, width]`. */
function queries(x: tf.Tensor, key: tf.Tensor, { begin, end }: QueryBlock): tf.Tensor {
  const [batch, heads, tokens, width] = x.shape as [number, number, number, number];
  const size = end - begin;
  const part = tokens === size ? x : tf.slice(x, [0, 0, begin, 0], [batch, heads, size, width]);
  const products = batch * (key.shape[1] as number);
  const rows = (heads / (key.shape[1] as number)) * size;
  // Whole products are dealt out to threads: an odd number of them would leave one thread waiting.
  const parts = products % 2 === 1 && rows % 2 === 0 ? 2 : 1;
  return tf.reshape(part, [products, parts, rows / parts, width]);
}

/** The keys or values that a block needs, for all parts alike: `[batch · kvHeads, 1, window, headDim]`. */
function keys(x: tf.Tensor, window: KeyWindow): tf.Tensor {
  const [batch, kvHeads, all, headDim] = x.shape as [number, number, number, number];
  return within(tf.reshape(x, [batch * kvHeads, 1, all, headDim]), 2, window);
}

/** The softmax of the scores `[batch, heads, rows, window]` over the keys that the block's queries may see. */
function maskedSoftmax(
  scores: tf.Tensor,
  inputs: PreparedAttention,
  block: QueryBlock,
  window: KeyWindow,
): tf.Tensor {
  const all = maskOf(inputs, block);
  if (!all) return tf.softmax(scores);
  const masked = tf.add(scores, within(all, 3, window));
  // Order alone hides few of the keys that are computed: the exponentials that are subnormal on the way to 0 cost less than
  // what follows.
  if (!inputs.bias) return tf.softmax(masked);
  const floor = tf.sub(tf.max(masked, -1, true), NEGLIGIBLE);
  // A hidden key gets exactly 0: what leaks through e⁻⁶⁰ into positions without a gradient of their own comes back a
  // layer below as subnormal numbers (rows with much padding: 28 instead of 1.4 ms for the product after it). A product
  // with 0 and 1 keeps what is not a number, which comparing the probabilities would hide.
  return tf.mul(tf.softmax(tf.maximum(masked, floor)), within(isVisible(all), 3, window));
}

// Equal nodes are recorded once, so that all layers share the masks.
function maskOf(
  { query, key, bias, causal }: PreparedAttention,
  { begin, end, keys }: QueryBlock,
): tf.Tensor | undefined {
  const size = end - begin;
  const mask = bias && tf.slice(bias, [0, 0, begin, 0], [bias.shape[0] as number, 1, size, keys]);
  if (!causal || size === 1) return mask;
  const offset = begin + (key.shape[1] as number) - (query.shape[1] as number);
  const order = tf.reshape(causalBias(size, keys, offset), [1, 1, size, keys]);
  return mask ? tf.minimum(mask, order) : order;
}

function join(parts: tf.Tensor[], axis: number): tf.Tensor {
  return parts.length === 1 ? parts[0]! : tf.concat(parts, axis);
}

/** Sum of gradients `[batch · kvHeads, keys, headDim]`, in the shape of `like`. */
function sum(parts: tf.Tensor[], like: tf.Tensor): tf.Tensor {
  return tf.reshape(parts.length === 1 ? parts[0]! : tf.addN(parts as tf.Tensor3D[]), like.shape);
}
