import type { tf } from '@tunesmith/runtime';
import { gemm, product } from '../graph-nodes.ts';

/** `base + scaling · t Bᵀ` in one product, and `t = x Aᵀ` `[rows, r]`. */
export function forward(
  base: tf.Tensor,
  x: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  scaling: number,
): { y: tf.Tensor; narrow: tf.Tensor } {
  const narrow = product(x, a, { transposeB: true });
  return { y: gemm(narrow, b, { transposeB: true, alpha: scaling, c: base }), narrow };
}

/** `u = scaling · dy B` `[rows, r]`. */
export function narrowGradient(dy: tf.Tensor, b: tf.Tensor, scaling: number): tf.Tensor {
  return product(dy, b, { alpha: scaling });
}

/** `dB = scaling · dyᵀ t` `[out, r]`. */
export function upGradient(dy: tf.Tensor, narrow: tf.Tensor, scaling: number): tf.Tensor {
  return product(dy, narrow, { transposeA: true, alpha: scaling });
}
