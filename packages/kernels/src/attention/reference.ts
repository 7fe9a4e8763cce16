import { tf } from '@tunesmith/runtime';
import { causalBias } from '../attention-bias/index.ts';

/** The inputs after checks: prefix joined, scale resolved. */
export interface PreparedAttention {
  readonly query: tf.Tensor;
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
  readonly bias: tf.Tensor | undefined;
  readonly causal: boolean;
  readonly scale: number;
}

/** The output and, for the gradient, the probabilities `[batch, kvHeads, group · tokens, keys]`. */
export function forward(inputs: PreparedAttention): { output: tf.Tensor; kept: tf.Tensor[] } {
  const { query, key, value, bias, causal, scale } = inputs;
  const [batch, tokens, heads] = query.shape as [number, number, number];
  const [, keys, kvHeads] = key.shape as [number, number, number];
  const products = tf.matMul(byKeyHead(query, kvHeads), byKeyHead(key, kvHeads), false, true);
  let scores = tf.reshape(tf.mul(products, scale), [batch, heads, tokens, keys]);
  if (bias) scores = tf.add(scores, bias);
  if (causal && tokens > 1) scores = tf.add(scores, causalBias(tokens, keys, keys - tokens));
  const probabilities = tf.reshape(tf.softmax(scores), [batch, kvHeads, -1, keys]);
  const output = byToken(tf.matMul(probabilities, byKeyHead(value, kvHeads)), query.shape);
  return { output, kept: [probabilities] };
}

/** The gradients of query, key and value. */
export function gradient(
  dy: tf.Tensor,
  { query, key, value, scale }: PreparedAttention,
  [probabilities]: tf.Tensor[],
): { query: tf.Tensor; key: tf.Tensor; value: tf.Tensor } {
  const kvHeads = key.shape[2] as number;
  const dOutput = byKeyHead(dy, kvHeads);
  const dP = tf.matMul(dOutput, byKeyHead(value, kvHeads), false, true);
  const weighted = tf.mul(probabilities!, dP);
  // dS of the unscaled scores' argument: P ∘ dP − P · rowsum(P ∘ dP), times the scale.
  const dScores = tf.mul(
    tf.sub(weighted, tf.mul(probabilities!, tf.sum(weighted, -1, true))),
    scale,
  );
  return {
    query: byToken(tf.matMul(dScores, byKeyHead(key, kvHeads)), query.shape),
    key: byToken(tf.matMul(dScores, byKeyHead(query, kvHeads), true, false), key.shape),
    value: byToken(tf.matMul(probabilities!, dOutput, true, false), value.shape),
  };
}

/** `[batch, n, heads, headDim]` as `[batch, kvHeads, group · n, headDim]`: the queries that share a key head lie together. */
function byKeyHead(x: tf.Tensor, kvHeads: number): tf.Tensor {
  const [batch, n, heads, headDim] = x.shape as [number, number, number, number];
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [
    batch,
    kvHeads,
    (heads / kvHeads) * n,
    headDim,
  ]);
}

/** The way back, to `shape`, which is `[batch, n, heads, headDim]`. */
function byToken(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const [batch, n, heads, headDim] = shape as [number, number, number, number];
  return tf.transpose(tf.reshape(x, [batch, heads, n, headDim]), [0, 2, 1, 3]);
}
