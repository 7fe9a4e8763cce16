import { tf } from '@tunesmith/runtime';
import { summedTo } from '../shapes.ts';
import { hiding, visible } from './sight.ts';
import type { Sight } from './sight.ts';

/** The inputs after checks: prefix joined, scale resolved. */
export interface PreparedAttention {
  readonly query: tf.Tensor;
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
  readonly bias: tf.Tensor | undefined;
  readonly sight: Sight;
  readonly softCap: number | undefined;
  readonly scale: number;
}

/** What the gradient needs besides what `forward` kept. */
export interface AttentionTensors extends Omit<PreparedAttention, 'bias'> {
  /** Shape of the bias, if there was one. */
  readonly biasShape: readonly number[] | undefined;
}

/** Gradients of the inputs; of the bias where there is one. */
export type AttentionGradients = {
  readonly query: tf.Tensor;
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
  readonly bias?: tf.Tensor;
};

/**
 * The output and, for the gradient, the probabilities `[batch, kvHeads, group · tokens, keys]` and, with a soft cap, the
 * hyperbolic tangents.
 */
export function forward(inputs: PreparedAttention): { output: tf.Tensor; kept: tf.Tensor[] } {
  const { query, key, value, bias, sight, softCap, scale } = inputs;
  const [batch, tokens, heads] = query.shape as [number, number, number];
  const [, keys, kvHeads] = key.shape as [number, number, number];
  const products = tf.matMul(byKeyHead(query, kvHeads), byKeyHead(key, kvHeads), false, true);
  const tangents = softCap ? tf.tanh(tf.mul(products, scale / softCap)) : undefined;
  const capped = tangents ? tf.mul(tangents, softCap!) : tf.mul(products, scale);
  let scores = tf.reshape(capped, [batch, heads, tokens, keys]);
  if (bias) scores = tf.add(scores, bias);
  const all = { begin: 0, end: tokens, first: 0, last: keys };
  const seen = visible(sight, all, keys - tokens);
  const shown = seen ? tf.mul(tf.softmax(tf.add(scores, hiding(seen))), seen) : tf.softmax(scores);
  const probabilities = tf.reshape(shown, products.shape);
  const output = byToken(tf.matMul(probabilities, byKeyHead(value, kvHeads)), [batch, tokens, heads, value.shape[3] as number]); // prettier-ignore
  return { output, kept: [probabilities, ...(tangents ? [tangents] : [])] };
}

/** All gradients. */
export function gradient(
  dy: tf.Tensor,
  { query, key, value, scale, biasShape }: AttentionTensors,
  [probabilities, tangents]: tf.Tensor[],
): AttentionGradients {
  const [batch, tokens, heads] = query.shape as [number, number, number];
  const [, keys, kvHeads] = key.shape as [number, number, number];
  const dOutput = byKeyHead(dy, kvHeads);
  const dP = tf.matMul(dOutput, byKeyHead(value, kvHeads), false, true);
  const weighted = tf.mul(probabilities!, dP);
  // P ∘ dP − P · rowsum(P ∘ dP): the gradient of what the softmax sees.
  const dScores = tf.sub(weighted, tf.mul(probabilities!, tf.sum(weighted, -1, true)));
  const dCapped = tangents ? tf.mul(dScores, tf.sub(1, tf.square(tangents))) : dScores;
  const dProducts = tf.mul(dCapped, scale);
  return {
    query: byToken(tf.matMul(dProducts, byKeyHead(key, kvHeads)), query.shape),
    key: byToken(tf.matMul(dProducts, byKeyHead(query, kvHeads), true, false), key.shape),
    value: byToken(tf.matMul(probabilities!, dOutput, true, false), value.shape),
    ...(biasShape && {
      bias: summedTo(tf.reshape(dScores, [batch, heads, tokens, keys]), biasShape),
    }),
  };
}

/** `[batch, n, heads, width]` as `[batch, kvHeads, group · n, width]`: the queries that share a key head lie together. */
function byKeyHead(x: tf.Tensor, kvHeads: number): tf.Tensor {
  const [batch, n, heads, width] = x.shape as [number, number, number, number];
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, kvHeads, (heads / kvHeads) * n, width]);
}

/** The way back, to `shape`, which is `[batch, n, heads, width]`. */
function byToken(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const [batch, n, heads, width] = shape as [number, number, number, number];
  return tf.transpose(tf.reshape(x, [batch, heads, n, width]), [0, 2, 1, 3]);
}
