import { tf } from '@tunesmith/runtime';
import { causalBias } from '../attention-bias/index.ts';
import { product } from '../graph-nodes.ts';
import { queryBlocks } from './blocks.ts';
import type { QueryBlock } from './blocks.ts';
import type { PreparedAttention } from './reference.ts';

// A hidden key is lowered to this much below the largest score of its row: its probability, at most e⁻⁶⁰,
// changes no digit of a float32 sum. Any lower, the exponential would be a subnormal number, which takes the
// processor many times longer (masks and softmax of eight packed documents: 8.9 instead of 2.8 ms a layer).
const NEGLIGIBLE = 60;

/** Output and what the gradient needs: the output itself and each block's probabilities. */
export function forward(inputs: PreparedAttention): { output: tf.Tensor; kept: tf.Tensor[] } {
  const { query, key, value, scale } = inputs;
  const [batch, heads, tokens, headDim] = query.shape as [number, number, number, number];
  const blocks = queryBlocks(tokens, key.shape[2] as number, inputs.causal);
  const kept: tf.Tensor[] = [];
  const outputs = blocks.map((block) => {
    const size = block.end - block.begin;
    const scores = product(queries(query, key, block), keys(key, block), {
      transposeB: true,
      alpha: scale,
    });
    const masked = addMask(tf.reshape(scores, [batch, heads, size, block.keys]), inputs, block);
    const probabilities = tf.reshape(tf.softmax(masked), scores.shape);
    kept.push(probabilities);
    return tf.reshape(product(probabilities, keys(value, block)), [batch, heads, size, headDim]);
  });
  const output = join(outputs, 2);
  return { output, kept: [output, ...kept] };
}

/** The gradients of query, key and value, block by block; `rowsum(P ∘ dP)` is `rowsum(dO ∘ O)`. */
export function gradient(
  dy: tf.Tensor,
  { query, key, value, scale, causal }: PreparedAttention,
  [output, ...probabilities]: tf.Tensor[],
): { query: tf.Tensor; key: tf.Tensor; value: tf.Tensor } {
  const [batch, heads, tokens, headDim] = query.shape as [number, number, number, number];
  const projection = tf.sum(tf.mul(dy, output!), -1, true);
  const parts = queryBlocks(tokens, key.shape[2] as number, causal).map((block, i) => {
    const p = probabilities[i]!;
    const dOutput = queries(dy, key, block);
    const dP = product(dOutput, keys(value, block), { transposeB: true });
    const dScores = tf.mul(p, tf.sub(dP, queries(projection, key, block)));
    const dQuery = product(dScores, keys(key, block), { alpha: scale });
    return {
      query: tf.reshape(dQuery, [batch, heads, block.end - block.begin, headDim]),
      key: product(dScores, queries(query, key, block), { transposeA: true, alpha: scale }),
      value: product(p, dOutput, { transposeA: true }),
    };
  });
  const each = (name: 'query' | 'key' | 'value') => parts.map((part) => part[name]);
  return {
    query: join(each('query'), 2),
    key: sum(each('key'), key),
    value: sum(each('value'), value),
  };
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

/** The keys or values that a block needs, for all parts alike: `[batch · kvHeads, 1, block.keys, headDim]`. */
function keys(x: tf.Tensor, block: QueryBlock): tf.Tensor {
  const [batch, kvHeads, all, headDim] = x.shape as [number, number, number, number];
  const size = [batch, kvHeads, block.keys, headDim];
  const part = all === block.keys ? x : tf.slice(x, [0, 0, 0, 0], size);
  return tf.reshape(part, [batch * kvHeads, 1, block.keys, headDim]);
}

// Equal nodes are recorded once, so that all layers share the masks.
function addMask(
  scores: tf.Tensor,
  { query, key, bias, causal }: PreparedAttention,
  block: QueryBlock,
): tf.Tensor {
  const [tokens, all] = [query.shape[2] as number, key.shape[2] as number];
  const size = block.end - block.begin;
  let mask: tf.Tensor | undefined;
  if (bias) {
    mask = tf.slice(bias, [0, 0, block.begin, 0], [bias.shape[0] as number, 1, size, block.keys]);
  }
  if (causal && size > 1) {
    const offset = block.begin + all - tokens;
    const order = tf.reshape(causalBias(size, block.keys, offset), [1, 1, size, block.keys]);
    mask = mask ? tf.minimum(mask, order) : order;
  }
  if (!mask) return scores;
  const masked = tf.add(scores, mask);
  return tf.maximum(masked, tf.sub(tf.max(masked, -1, true), NEGLIGIBLE));
}

function join(parts: tf.Tensor[], axis: number): tf.Tensor {
  return parts.length === 1 ? parts[0]! : tf.concat(parts, axis);
}

/** Sum of gradients `[batch · kvHeads, parts, n, headDim]` with n up to all keys, in the shape of `like`. */
function sum(parts: tf.Tensor[], like: tf.Tensor): tf.Tensor {
  const all = like.shape[2] as number;
  const padded = parts.map((split) => {
    const part = tf.sum(split, 1);
    const missing = all - (part.shape[1] as number);
    return missing === 0
      ? part
      : tf.pad(part, [
          [0, 0],
          [0, missing],
          [0, 0],
        ]);
  });
  return tf.reshape(padded.length === 1 ? padded[0]! : tf.addN(padded), like.shape);
}
