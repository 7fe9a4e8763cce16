import { recordingTarget, tf } from '@tunesmith/runtime';
import { product } from '../graph-nodes.ts';
import { summedTo } from '../shapes.ts';
import { queryBlocks } from './blocks.ts';
import type { QueryBlock } from './blocks.ts';
import { boundsOf, outside, reshapeWindow, within } from './key-window.ts';
import type { KeyWindow } from './key-window.ts';
import type { AttentionGradients, AttentionTensors, PreparedAttention } from './reference.ts';
import { hiding, isMasked, visible } from './sight.ts';

// A hidden key is lowered to this much below the largest score of its row: its probability, at most e⁻⁶⁰,
// changes no digit of a float32 sum. Any lower, the exponential would be a subnormal number, which takes the
// processor many times longer (masks and softmax of eight packed documents: 8.9 instead of 2.8 ms a layer).
const NEGLIGIBLE = 60;

/** What a block keeps for its gradient. */
interface KeptBlock {
  readonly probabilities: tf.Tensor;
  /** With a soft cap: the hyperbolic tangents. */
  readonly tangents: tf.Tensor | undefined;
  readonly bounds: tf.Tensor | undefined;
}

/**
 * Output and what the gradient needs: the output itself, each block's probabilities, and where its keys begin and end. Blocks
 * leave out the keys at either end that are hidden from all their queries: packed documents then cost what they would alone.
 */
export function forward(inputs: PreparedAttention): { output: tf.Tensor; kept: tf.Tensor[] } {
  const { sight, scale, softCap, bias } = inputs;
  const { query, key, value } = headsFirst(inputs);
  const [batch, heads, tokens] = query.shape as [number, number, number];
  const all = key.shape[2] as number;
  const kept: tf.Tensor[] = [];
  const outputs = queryBlocks(tokens, all, sight, recordingTarget()).map((block) => {
    const seen = visible(sight, block, all - tokens);
    const bounds = block.isOpen ? boundsOf(seen!, sight, block) : undefined;
    const window = { first: block.first, last: block.last, bounds };
    const size = block.end - block.begin;
    const products = product(queries(query, key, block), keys(key, window), {
      transposeB: true,
      alpha: softCap ? scale / softCap : scale,
    });
    const tangents = softCap ? tf.tanh(products) : undefined;
    const scores = tangents ? tf.mul(tangents, softCap!) : products;
    const shape = [batch, heads, size, block.last - block.first];
    const byHead = reshapeWindow(scores, shape, 3, window);
    const biased = bias ? tf.add(byHead, biasPart(bias, block, window)) : byHead;
    const shown = maskedSoftmax(biased, seen, inputs, window);
    const p = reshapeWindow(shown, scores.shape, 3, window);
    kept.push(p, ...(tangents ? [tangents] : []), ...(bounds ? [bounds] : []));
    return tf.reshape(product(p, keys(value, window)), [batch, heads, size, value.shape[3] as number]); // prettier-ignore
  });
  const output = join(outputs, 2);
  return { output: swap(output), kept: [output, ...kept] };
}

/** The gradients, block by block; `rowsum(P ∘ dP)` is `rowsum(dO ∘ O)`. */
export function gradient(
  dyByToken: tf.Tensor,
  inputs: AttentionTensors,
  [output, ...kept]: tf.Tensor[],
): AttentionGradients {
  const { scale, sight, softCap, biasShape } = inputs;
  const { query, key, value } = headsFirst(inputs);
  const dy = swap(dyByToken);
  const [batch, heads, tokens, headDim] = query.shape as [number, number, number, number];
  const all = key.shape[2] as number;
  const projection = tf.sum(tf.mul(dy, output!), -1, true);
  const blocks = queryBlocks(tokens, all, sight, recordingTarget());
  const parts = blocks.map((block) => {
    const { probabilities: p, tangents, bounds } = takeBlock(kept, block, softCap);
    const window = { first: block.first, last: block.last, bounds };
    const size = block.end - block.begin;
    const dOutput = queries(dy, key, block);
    const dP = product(dOutput, keys(value, window), { transposeB: true });
    const dScores = tf.mul(p, tf.sub(dP, queries(projection, key, block)));
    const dCapped = tangents ? tf.mul(dScores, tf.sub(1, tf.square(tangents))) : dScores;
    const dQuery = product(dCapped, keys(key, window), { alpha: scale });
    const dKey = product(dCapped, queries(query, key, block), { transposeA: true, alpha: scale });
    const dValue = product(p, dOutput, { transposeA: true });
    const shape = [batch, heads, size, block.last - block.first];
    return {
      query: tf.reshape(dQuery, [batch, heads, size, headDim]),
      key: outside(tf.sum(dKey, 1), 1, all, window),
      value: outside(tf.sum(dValue, 1), 1, all, window),
      bias: biasShape && outside(summedTo(reshapeWindow(dScores, shape, 3, window), [biasShape[0]!, biasShape[1]!, size, -1]), 3, all, window), // prettier-ignore
    };
  });
  const each = (name: 'query' | 'key' | 'value') => parts.map((part) => part[name]);
  return {
    query: swap(join(each('query'), 2)),
    key: swap(sum(each('key'), key)),
    value: swap(sum(each('value'), value)),
    ...(biasShape && {
      bias: summedTo(
        join(
          parts.map((part) => part.bias!),
          2,
        ),
        biasShape,
      ),
    }),
  };
}

/** Takes what `forward` kept of the next block. */
function takeBlock(kept: tf.Tensor[], block: QueryBlock, softCap: number | undefined): KeptBlock {
  return {
    probabilities: kept.shift()!,
    tangents: softCap ? kept.shift() : undefined,
    bounds: block.isOpen ? kept.shift() : undefined,
  };
}

/** Tokens and heads change places: `[batch, n, heads, width]` to `[batch, heads, n, width]` and back. */
function swap(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [0, 2, 1, 3]);
}

/** What follows goes head by head. Equal nodes are recorded once: the gradient finds the forward pass's. */
function headsFirst({ query, key, value }: Omit<AttentionTensors, 'biasShape'>) {
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

/** The keys or values that a block needs, for all parts alike: `[batch · kvHeads, 1, window, width]`. */
function keys(x: tf.Tensor, window: KeyWindow): tf.Tensor {
  const [batch, kvHeads, all, width] = x.shape as [number, number, number, number];
  return within(tf.reshape(x, [batch * kvHeads, 1, all, width]), 2, window);
}

/** A block's part of the bias; a row for all queries stays one. */
function biasPart(bias: tf.Tensor, { begin, end }: QueryBlock, window: KeyWindow): tf.Tensor {
  const [batch, heads, tokens, all] = bias.shape as [number, number, number, number];
  const isRow = tokens === 1 || tokens === end - begin;
  const rows = isRow ? bias : tf.slice(bias, [0, 0, begin, 0], [batch, heads, end - begin, all]);
  return within(rows, 3, window);
}

/**
 * The softmax of the scores `[batch, heads, rows, window]` over the keys that the block's queries may see.
 *
 * @param seen of `visible`, from the block's first key on; equal nodes are recorded once, so that all layers share it
 */
function maskedSoftmax(
  scores: tf.Tensor,
  seen: tf.Tensor | undefined,
  { sight }: PreparedAttention,
  window: KeyWindow,
): tf.Tensor {
  if (!seen) return tf.softmax(scores);
  const masked = tf.add(scores, within(hiding(seen), 3, window, window.first));
  // Order alone hides few of the keys that are computed: the exponentials that are subnormal on the way to 0 cost less than
  // what follows.
  if (!isMasked(sight) && sight.window === undefined) return tf.softmax(masked);
  const floor = tf.sub(tf.max(masked, -1, true), NEGLIGIBLE);
  // A hidden key gets exactly 0: what leaks through e⁻⁶⁰ into positions without a gradient of their own comes back a
  // layer below as subnormal numbers (rows with much padding: 28 instead of 1.4 ms for the product after it). A product
  // with 0 and 1 keeps what is not a number, which comparing the probabilities would hide.
  return tf.mul(tf.softmax(tf.maximum(masked, floor)), within(seen, 3, window, window.first));
}

function join(parts: tf.Tensor[], axis: number): tf.Tensor {
  return parts.length === 1 ? parts[0]! : tf.concat(parts, axis);
}

/** Sum of gradients `[batch · kvHeads, keys, width]`, in the shape of `like`. */
function sum(parts: tf.Tensor[], like: tf.Tensor): tf.Tensor {
  return tf.reshape(parts.length === 1 ? parts[0]! : tf.addN(parts as tf.Tensor3D[]), like.shape);
}
