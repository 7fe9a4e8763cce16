import { tf } from '@tunesmith/runtime';
import * as decode from './decode.ts';
import type { Nf4Matrix } from './index.ts';

/** `x · matrixᵀ`, or `x · matrix` where `transposed` is false; the matrix is decoded for this product alone. */
export function product(x: tf.Tensor2D, matrix: Nf4Matrix, transposed: boolean): tf.Tensor {
  return tf.matMul(x, decoded(matrix), false, transposed);
}

/** The matrix in float32. */
export function decoded(matrix: Nf4Matrix): tf.Tensor2D {
  return decode.decoded(matrix, toIndices);
}

/** By way of float32, since a cast of int32 to itself is none: a graph for other hardware holds bytes that look like int32. */
function toIndices(bytes: tf.Tensor): tf.Tensor {
  return tf.cast(tf.cast(bytes, 'float32'), 'int32');
}
