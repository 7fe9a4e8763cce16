import { tf } from '@tunesmith/runtime';
import { kernelTable } from '../kernel-table.ts';
import { withOwnGradient } from '../own-gradient.ts';
import { checkShape, rowsOf } from '../shapes.ts';
import * as decode from './decode.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';

// WebGPU has no product of this kind here: there the matrix is decoded by ordinary operations.
const use = kernelTable({ eager: reference, graph, webgpu: reference });

/** Inputs of an output that share a scale. */
export const blockLength = 32;

/** A matrix `[out, in]` in blocks of 32 whole numbers along its rows: `w = scale · (code − 2^(bits − 1)) + least`. */
export interface BlockMatrix {
  /** uint8 `[out, in / 32, 32 · bits / 8]`: of 4 bits two codes a byte, the first in the lower half. */
  readonly codes: tf.Tensor;
  /** float32 `[out · in / 32]`. */
  readonly scales: tf.Tensor;
  /** float32 `[in / 32, out]`: what is added to every weight of a block; absent where that is nothing. */
  readonly least?: tf.Tensor | undefined;
}

/** The matrix in float32, `[out, in]`. */
export function blocksDecoded(matrix: BlockMatrix): tf.Tensor2D {
  return decode.decoded(checked('blocksDecoded', matrix));
}

/**
 * Rows of a table in blocks by index.
 *
 * @param ids `[...]` int32
 * @returns `[..., in]`
 * @throws TunesmithError `invalid-shape`
 */
export function blockEmbedding(matrix: BlockMatrix, ids: tf.Tensor): tf.Tensor {
  const { codes, scales, least } = checked('blockEmbedding', matrix);
  const [rows, blocks] = codes.shape as [number, number];
  const flat = tf.reshape(ids, [ids.size]) as tf.Tensor1D;
  const taken = decode.decoded({
    codes: use().rows(codes, flat),
    scales: tf.gather(tf.reshape(scales, [rows, blocks]), flat),
    least: least && tf.gather(least, flat, 1),
  });
  return tf.reshape(taken, [...ids.shape, blocks * blockLength]);
}

/**
 * Frozen linear map with a weight in blocks: `y = x Wᵀ` and `dx = dy W`. Where the matrix is a constant of a graph on the processor,
 * x is rounded to bytes as well, 32 numbers with one scale, as llama.cpp rounds it.
 *
 * @param x `[..., in]`
 * @param matrix the weight, which gets no gradient
 * @returns `[..., out]`
 * @throws TunesmithError `invalid-shape`
 * @see `MatMulNBits` of ONNX Runtime; Dettmers et al., The case for 4-bit precision, 2022 (blocks)
 */
export function blockLinear(x: tf.Tensor, matrix: BlockMatrix): tf.Tensor {
  const [output, blocks] = checked('blockLinear', matrix).codes.shape as [number, number];
  checkShape('blockLinear', 'x', x, ['...', blocks * blockLength]);
  const [y] = withOwnGradient({
    inputs: { x },
    forward: () => [use().product(x, matrix)],
    gradient: ([dy]) => ({
      x: () => tf.reshape(tf.matMul(rowsOf(dy!), decode.decoded(matrix)), x.shape),
    }),
  });
  return tf.reshape(y!, [...x.shape.slice(0, -1), output]);
}

function checked(kernel: string, matrix: BlockMatrix): BlockMatrix {
  const { codes, scales, least } = matrix;
  const d = checkShape(kernel, 'codes', codes, ['out', 'blocks', 'bytes']);
  const { out, blocks, bytes } = d as Record<string, number>;
  checkShape(kernel, 'codes', codes, ['out', 'blocks', bytes === 16 ? 16 : blockLength], d);
  checkShape(kernel, 'scales', scales, [out! * blocks!]);
  if (least) checkShape(kernel, 'least', least, ['blocks', 'out'], d);
  return matrix;
}
