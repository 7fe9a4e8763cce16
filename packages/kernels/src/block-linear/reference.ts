import { tf } from '@tunesmith/runtime';
import { rowsOf } from '../shapes.ts';
import { decoded } from './decode.ts';
import type { BlockMatrix } from './index.ts';

/** `x · matrixᵀ`; the matrix is decoded for this product alone. */
export function product(x: tf.Tensor, matrix: BlockMatrix): tf.Tensor {
  return tf.matMul(rowsOf(x), decoded(matrix), false, true);
}

/** Rows of bytes by index. */
export function rows(codes: tf.Tensor, ids: tf.Tensor1D): tf.Tensor {
  return tf.gather(codes, ids);
}
