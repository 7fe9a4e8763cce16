import { tf } from '@tunesmith/runtime';
import { kernelTable } from '../kernel-table.ts';
import { detached, withOwnGradient } from '../own-gradient.ts';
import { checkShape, rowsOf } from '../shapes.ts';
import { nf4Block, nf4NestedBlock } from './codes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';

// WebGPU has no product of this kind: there the matrix is decoded by ordinary operations.
const use = kernelTable({ eager: reference, graph, webgpu: reference });

/** A matrix in NF4 with double quantization, its elements row after row. */
export interface Nf4Matrix {
  /** `[out, in]` */
  readonly shape: readonly [number, number];
  /** uint8 `[⌈n / 2⌉]`, n = out · in: places among the sixteen numbers, two a byte, the first in the upper half. */
  readonly codes: tf.Tensor;
  /** uint8 `[⌈n / 64⌉]`: places of the blocks' scales in the dynamic map. */
  readonly absmax: tf.Tensor;
  /** float32 `[⌈blocks / 256⌉]`: what those are multiplied by. */
  readonly nested: tf.Tensor;
  /** float32 `[1]`: what is added to every scale. */
  readonly offset: tf.Tensor;
}

/** The matrix in float32, `[out, in]`: a constant to every gradient. */
export function nf4Decoded(matrix: Nf4Matrix): tf.Tensor {
  return detached(() => use().decoded(matrix));
}

/**
 * Frozen linear map with a weight in 4 bits: `y = x Wᵀ` and `dx = dy W`, with
 * `W[i] = code[codes[i]] · (map[absmax[b]] · nested[⌊b / 256⌋] + offset)` for element i of block `b = ⌊i / 64⌋`. Products are in
 * float32, exact for the decoded weight; the weight gets no gradient.
 *
 * @param x `[..., in]`
 * @param matrix the weight
 * @returns `[..., out]`
 * @throws TunesmithError `invalid-shape`
 * @see Dettmers et al., QLoRA: Efficient Finetuning of Quantized LLMs, 2023, https://arxiv.org/abs/2305.14314
 */
export function nf4Linear(x: tf.Tensor, matrix: Nf4Matrix): tf.Tensor {
  const { codes, absmax, nested, offset, shape } = matrix;
  const [output, input] = shape;
  const blocks = Math.ceil((input * output) / nf4Block);
  checkShape('nf4Linear', 'x', x, ['...', input]);
  checkShape('nf4Linear', 'codes', codes, [Math.ceil((input * output) / 2)]);
  checkShape('nf4Linear', 'absmax', absmax, [blocks]);
  checkShape('nf4Linear', 'nested', nested, [Math.ceil(blocks / nf4NestedBlock)]);
  checkShape('nf4Linear', 'offset', offset, [1]);
  const [y] = withOwnGradient({
    inputs: { x },
    forward: () => [
      tf.reshape(use().product(rowsOf(x), matrix, true), [...x.shape.slice(0, -1), output]),
    ],
    gradient: ([dy]) => ({
      x: () => tf.reshape(use().product(rowsOf(dy!), matrix, false), x.shape),
    }),
  });
  return y!;
}
