import { tf } from '@tunesmith/runtime';

/**
 * The rows of a batch whose hidden states are asked for: after the last attention no position needs another, so that the
 * last feed-forward layer, the final norm and the head run over these alone.
 *
 * @param x `[batch, tokens, width]`
 * @param logitsToKeep flat positions `[n]` int32; all where absent
 * @returns `[1, n, width]`, or `x`
 */
export function keepPositions(x: tf.Tensor, logitsToKeep: tf.Tensor | undefined): tf.Tensor {
  if (logitsToKeep === undefined) return x;
  const width = x.shape.at(-1) as number;
  return tf.expandDims(tf.gather(tf.reshape(x, [-1, width]), logitsToKeep as tf.Tensor1D), 0);
}
