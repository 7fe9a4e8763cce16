import type { tf } from '@tunesmith/runtime';
import { gemm } from '../graph-nodes.ts';

/** `x W + bias` in one product, W transposed if asked for. */
export function forward(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor,
  transposed: boolean,
): tf.Tensor {
  return gemm(x, weight, { transposeB: transposed, c: bias });
}
