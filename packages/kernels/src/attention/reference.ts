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

/** The output and, for the gradient, the probabilities `[batch · kvHeads, group · tokens, keys]`. */
export function forward(inputs: PreparedAttention): { output: tf.Tensor; kept: tf.Tensor[] } {
  const { query, key, value, bias, causal, scale } = inputs;
  const [batch, heads, tokens] = query.shape as [number, number, number, number];
  const keys = key.shape[2] as number;
  const k = groups(key, key);
  let scores = tf.reshape(tf.mul(tf.matMul(groups(query, key), k, false, true), scale), [
    batch,
    heads,
    tokens,
    keys,
  ]);
  if (bias) scores = tf.add(scores, bias);
  if (causal && tokens > 1) scores = tf.add(scores, causalBias(tokens, keys, keys - tokens));
  const probabilities = tf.reshape(tf.softmax(scores), [k.shape[0] as number, -1, keys]);
  return {
    output: tf.reshape(tf.matMul(probabilities, groups(value, key)), query.shape),
    kept: [probabilities],
  };
}

/** The gradients of query, key and value. */
export function gradient(
  dy: tf.Tensor,
  { query, key, value, scale }: PreparedAttention,
  [probabilities]: tf.Tensor[],
): { query: tf.Tensor; key: tf.Tensor; value: tf.Tensor } {
  const dOutput = groups(dy, key);
  const weighted = tf.mul(probabilities!, tf.matMul(dOutput, groups(value, key), false, true));
  // dS of the unscaled scores' argument: P ∘ dP − P · rowsum(P ∘ dP), times the scale.
  const dScores = tf.mul(
    tf.sub(weighted, tf.mul(probabilities!, tf.sum(weighted, -1, true))),
    scale,
  );
  return {
    query: tf.reshape(tf.matMul(dScores, groups(key, key)), query.shape),
    key: tf.reshape(tf.matMul(dScores, groups(query, key), true, false), key.shape),
    value: tf.reshape(tf.matMul(probabilities!, dOutput, true, false), value.shape),
  };
}

/** `[batch, heads, n, headDim]` seen as `[batch · kvHeads, group · n, headDim]`: the queries that share a key head lie together. */
function groups(x: tf.Tensor, key: tf.Tensor): tf.Tensor {
  const [batch, kvHeads, , headDim] = key.shape as [number, number, number, number];
  return tf.reshape(x, [batch * kvHeads, -1, headDim]);
}
