import { tf } from '@tunesmith/runtime';
import { product } from '../graph-nodes.ts';

/**
 * `base + scaling · t Bᵀ`, and `t = x Aᵀ` `[rows, r]`. `Gemm` would take the base as its third operand, but takes twice as long
 * as a product and an addition.
 */
export function forward(
  base: tf.Tensor,
  x: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  scaling: number,
): { y: tf.Tensor; narrow: tf.Tensor } {
  const narrow = product(x, a, { transposeB: true });
  return { y: tf.add(base, product(narrow, b, { transposeB: true, alpha: scaling })), narrow };
}

/** `u = scaling · dy B` `[rows, r]`. */
export function narrowGradient(dy: tf.Tensor, b: tf.Tensor, scaling: number): tf.Tensor {
  return product(dy, b, { alpha: scaling });
}

/** `dB = scaling · dyᵀ t` `[out, r]`. */
export function upGradient(dy: tf.Tensor, narrow: tf.Tensor, scaling: number): tf.Tensor {
  return product(dy, narrow, { transposeA: true, alpha: scaling });
}
