import { tf } from '@tunesmith/runtime';
import { CONTRIB, float, node } from '../graph-nodes.ts';
import { nf4Block } from './codes.ts';
import * as decode from './decode.ts';
import type { Nf4Matrix } from './index.ts';

/** ONNX's number for int32. */
const INT32 = 6;
/** ONNX Runtime's number for NF4. */
const NF4 = 1;

/**
 * `x · matrixᵀ`, or `x · matrix` where `transposed` is false. `MatMulBnb4` decodes the matrix into memory that it gives back with
 * the product. Its CPU kernel takes the matrix as transposed whatever its attribute `transB` says, and reads past the end; the
 * other product therefore decodes by a table of the two numbers that each byte stands for.
 */
export function product(x: tf.Tensor2D, matrix: Nf4Matrix, transposed: boolean): tf.Tensor {
  if (!transposed) return tf.matMul(x, decoded(matrix));
  const [outputs, inputs] = matrix.shape;
  const attributes = { K: inputs, N: outputs, block_size: nf4Block, quant_type: NF4 };
  const scales = decode.scalesOf(matrix, toIndices);
  return node('MatMulBnb4', [x, matrix.codes, scales], float([x.shape[0], outputs]), {
    domain: CONTRIB,
    attributes,
  });
}

/** The matrix in float32. */
export function decoded(matrix: Nf4Matrix): tf.Tensor2D {
  return decode.decoded(matrix, toIndices);
}

function toIndices(bytes: tf.Tensor): tf.Tensor {
  const { shape } = bytes;
  return node('Cast', [bytes], { shape, dtype: 'int32' }, { attributes: { to: INT32 } });
}
