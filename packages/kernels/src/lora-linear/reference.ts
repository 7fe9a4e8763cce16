import { tf } from '@tunesmith/runtime';

/** `base + scaling · t Bᵀ` and `t = x Aᵀ` `[rows, r]`. */
export function forward(
  base: tf.Tensor,
  x: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  scaling: number,
): { y: tf.Tensor; narrow: tf.Tensor } {
  const narrow = tf.matMul(x, a, false, true);
  return { y: tf.add(base, tf.mul(tf.matMul(narrow, b, false, true), scaling)), narrow };
}

/** `u = scaling · dy B` `[rows, r]`. */
export function narrowGradient(dy: tf.Tensor, b: tf.Tensor, scaling: number): tf.Tensor {
  return tf.mul(tf.matMul(dy, b), scaling);
}

/** `dB = scaling · dyᵀ t` `[out, r]`. */
export function upGradient(dy: tf.Tensor, narrow: tf.Tensor, scaling: number): tf.Tensor {
  return tf.mul(tf.matMul(dy, narrow, true, false), scaling);
}
