import { tf } from '@tunesmith/runtime';
import type { KernelCase } from './kernel-case.ts';
import { float32, floats, int32 } from './tensors.ts';

/** Gathering, scattering, matrix products, constants. */
export const indexingCases: readonly KernelCase[] = [
  {
    kernel: 'GatherV2',
    about: 'rows and columns',
    inputs: { x: floats([5, 3]), i: int32([4], [4, 0, 4, 2]), j: int32([2, 1], [2, 0]) },
    run: ({ x, i, j }) => [tf.gather(x!, i!), tf.gather(x!, j!, 1)],
    gradient: ['x'],
  },
  {
    kernel: 'GatherV2',
    about: 'within batches',
    inputs: {
      x: floats([2, 5, 3]),
      i: int32([2, 2], [4, 0, 1, 1]),
      j: int32([2, 2], [2, 0, 1, 1]),
    },
    run: ({ x, i, j }) => [tf.gather(x!, i!, 1, 1), tf.gather(x!, j!, 2, 1)],
  },
  {
    kernel: 'GatherV2',
    about: 'no indices',
    inputs: { x: floats([5, 3]), i: int32([0], []) },
    run: ({ x, i }) => tf.gather(x!, i!),
  },
  {
    kernel: 'GatherNd',
    about: 'elements and rows',
    inputs: { x: floats([3, 5]), i: int32([2, 2], [0, 4, 2, 1]), j: int32([3, 1], [2, 0, 2]) },
    run: ({ x, i, j }) => [tf.gatherND(x!, i!), tf.gatherND(x!, j!)],
  },
  {
    kernel: 'ScatterNd',
    about: 'repeated places add up',
    inputs: {
      i: int32([3, 1], [2, 0, 2]),
      u: floats([3, 5]),
      j: int32([2, 2], [0, 1, 2, 3]),
      v: floats([2]),
    },
    run: ({ i, u, j, v }) => [tf.scatterND(i!, u!, [4, 5]), tf.scatterND(j!, v!, [3, 5])],
  },
  {
    kernel: 'TensorScatterUpdate',
    about: 'rows',
    inputs: { x: floats([4, 3]), i: int32([2, 1], [3, 1]), u: floats([2, 3], 5, 6) },
    run: ({ x, i, u }) => tf.tensorScatterUpdate(x!, i!, u!),
  },
  {
    kernel: 'SparseToDense',
    about: 'with a default',
    inputs: { i: int32([2, 2], [0, 1, 2, 0]), v: floats([2]) },
    run: ({ i, v }) => tf.sparseToDense(i!, v!, [3, 2], tf.scalar(-1)),
  },
  {
    kernel: 'UnsortedSegmentSum',
    about: 'repeated, absent and outside ids',
    inputs: { x: floats([5, 3]), i: int32([5], [2, 0, 2, -1, 9]) },
    run: ({ x, i }) => tf.unsortedSegmentSum(x!, i as tf.Tensor1D, 4),
  },
  {
    kernel: 'OneHot',
    about: 'indices outside give zeros',
    inputs: { i: int32([2, 3], [0, 3, 1, -1, 4, 2]) },
    run: ({ i }) => [tf.oneHot(i!, 4), tf.oneHot(i!, 4, 5, -1), tf.oneHot(i!, 4, 1, 0, 'int32')],
  },
  {
    kernel: 'BatchMatMul',
    about: '[3,5]·[5,7], either side transposed',
    inputs: { a: floats([3, 5]), b: floats([5, 7]), c: floats([7, 5]), d: floats([5, 3]) },
    run: ({ a, b, c, d }) => [
      tf.matMul(a!, b!),
      tf.matMul(a!, c!, false, true),
      tf.matMul(d!, b!, true),
      tf.matMul(d!, c!, true, true),
    ],
    gradient: ['a', 'b', 'c', 'd'],
  },
  {
    kernel: 'BatchMatMul',
    about: 'batches',
    inputs: { a: floats([2, 3, 5]), b: floats([2, 5, 1]), c: floats([2, 7, 5]) },
    run: ({ a, b, c }) => [tf.matMul(a!, b!), tf.matMul(a!, c!, false, true)],
    gradient: ['a', 'b', 'c'],
  },
  {
    kernel: 'BatchMatMul',
    about: 'broadcast batches',
    inputs: { a: floats([2, 3, 5]), b: floats([1, 5, 7]) },
    run: ({ a, b }) => tf.matMul(a!, b!),
  },
  {
    kernel: 'BatchMatMul',
    about: 'over nothing, and of nothing',
    inputs: { a: floats([3, 0]), b: floats([0, 5]), c: floats([0, 3]), d: floats([3, 2]) },
    run: ({ a, b, c, d }) => [tf.matMul(a!, b!), tf.matMul(c!, d!)],
  },
  {
    kernel: '_FusedMatMul',
    about: 'bias and relu',
    inputs: { a: floats([3, 5]), b: floats([5, 7]), c: floats([7]) },
    run: ({ a, b, c }) => tf.fused.matMul({ a: a!, b: b!, bias: c!, activation: 'relu' }),
  },
  {
    kernel: 'Einsum',
    about: 'bij,bjk->bik and a trace',
    inputs: { a: floats([2, 3, 5]), b: floats([2, 5, 7]) },
    run: ({ a, b }) => [tf.einsum('bij,bjk->bik', a!, b!), tf.einsum('bij->ij', a!)],
  },
  {
    kernel: 'Multiply',
    about: 'a constant of the function',
    inputs: { x: floats([3]) },
    run: ({ x }) => tf.mul(x!, tf.tensor1d([1, 2, 3])),
    gradient: ['x'],
  },
  {
    kernel: 'Transpose',
    about: 'of a constant',
    inputs: { x: float32([], [2]) },
    run: ({ x }) =>
      tf.mul(
        tf.transpose(
          tf.tensor2d([
            [1, 2, 3],
            [4, 5, 6],
          ]),
        ),
        x!,
      ),
  },
];
