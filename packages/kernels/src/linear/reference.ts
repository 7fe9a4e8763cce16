import { tf } from '@tunesmith/runtime';

/** `x W + bias`, W transposed if asked for. */
export function forward(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor,
  transposed: boolean,
): tf.Tensor {
  return tf.add(tf.matMul(x, weight, false, transposed), bias);
}
