import { tf } from '@tunesmith/runtime';
import type { KernelCase } from './kernel-case.ts';
import { booleans, float32, floats, int32, integers } from './tensors.ts';

type Reduce = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

const reductions: readonly [string, Reduce, boolean][] = [
  ['Sum', tf.sum, true],
  ['Mean', tf.mean, true],
  ['Max', tf.max, true],
  ['Min', tf.min, true],
  ['Prod', tf.prod, false],
];

const axes: readonly [number[], number | number[] | undefined, boolean][] = [
  [[], undefined, false],
  [[1], 0, true],
  [[7], 0, false],
  [[3, 5], -1, true],
  [[3, 5], 0, false],
  [[2, 3, 5], [0, 2], false],
  [[2, 3, 5], [1, 2], true],
  [[2, 3, 5], undefined, false],
];

/** Reductions, scans, sorting, softmax. */
export const reductionCases: readonly KernelCase[] = [
  ...reductions.flatMap(([kernel, f, hasGradient]) =>
    axes.map(([shape, axis, keepDims]): KernelCase => ({
      kernel,
      about: `float32 [${shape}] over ${axis ?? 'all'}${keepDims ? ', kept' : ''}`,
      inputs: { x: floats(shape) },
      run: ({ x }) => f(x!, axis, keepDims),
      ...(hasGradient ? { gradient: ['x'] } : {}),
    })),
  ),
  ...reductions.map(([kernel, f]): KernelCase => ({
    kernel,
    about: 'int32 [3,5]',
    inputs: { x: integers([3, 5]) },
    run: ({ x }) => f(x!, 1),
  })),
  {
    kernel: 'Prod',
    about: 'gradient',
    inputs: { x: floats([3, 5]) },
    run: ({ x }) => tf.prod(x!, 1),
    gradient: ['x'],
    tolerance: 1e-5,
  },
  {
    kernel: 'Sum',
    about: 'of booleans counts',
    inputs: { x: booleans([3, 5]) },
    run: ({ x }) => tf.sum(x!, 1),
  },
  {
    kernel: 'Sum',
    about: 'of nothing is zero',
    inputs: { x: floats([0, 3]) },
    run: ({ x }) => tf.sum(x!, 0),
  },
  {
    kernel: 'Sum',
    about: 'over an axis, with nothing beside it',
    inputs: { x: floats([0, 3]) },
    run: ({ x }) => tf.sum(x!, 1),
  },
  ...[tf.all, tf.any].map((f, index): KernelCase => ({
    kernel: index === 0 ? 'All' : 'Any',
    about: 'bool [3,5]',
    inputs: { x: booleans([3, 5]) },
    run: ({ x }) => [f(x!, 0), f(x!, 1, true), f(x!)],
  })),
  ...[tf.argMax, tf.argMin].flatMap((f, index): KernelCase[] => {
    const kernel = index === 0 ? 'ArgMax' : 'ArgMin';
    return [
      {
        kernel,
        about: 'float32 [3,5] over each axis',
        inputs: { x: floats([3, 5]) },
        run: ({ x }) => [f(x!, 0), f(x!, 1), f(x!, -1)],
      },
      {
        kernel,
        about: 'ties take the first',
        inputs: { x: float32([5], [2, 1, 2, 1, 2]) },
        run: ({ x }) => f(x!),
      },
      { kernel, about: 'int32 [11]', inputs: { x: integers([11]) }, run: ({ x }) => f(x!) },
    ];
  }),
  ...[
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ].flatMap(([exclusive, reverse]): KernelCase[] => [
    {
      kernel: 'Cumsum',
      about: `float32 [2,3,5]${exclusive ? ' exclusive' : ''}${reverse ? ' reverse' : ''}`,
      inputs: { x: floats([2, 3, 5]) },
      run: ({ x }) => tf.cumsum(x!, 2, exclusive, reverse),
      gradient: ['x'],
    },
    {
      kernel: 'Cumsum',
      about: `along the middle${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`,
      inputs: { x: floats([2, 3, 5]) },
      run: ({ x }) => tf.cumsum(x!, 1, exclusive, reverse),
    },
    {
      kernel: 'Cumprod',
      about: `float32 [3,7]${exclusive ? ' exclusive' : ''}${reverse ? ' reverse' : ''}`,
      inputs: { x: floats([3, 7]) },
      run: ({ x }) => [
        tf.cumprod(x!, 0, exclusive, reverse),
        tf.cumprod(x!, 1, exclusive, reverse),
      ],
    },
  ]),
  {
    kernel: 'Cumsum',
    about: 'int32 [7]',
    inputs: { x: integers([7]) },
    run: ({ x }) => tf.cumsum(x!),
  },
  {
    kernel: 'Softmax',
    about: 'float32 [3,5]',
    inputs: { x: floats([3, 5]) },
    run: ({ x }) => tf.softmax(x!),
    gradient: ['x'],
  },
  {
    kernel: 'Softmax',
    about: 'one class',
    inputs: { x: floats([3, 1]) },
    run: ({ x }) => tf.softmax(x!),
    gradient: ['x'],
  },
  {
    kernel: 'Softmax',
    about: 'large and masked logits',
    inputs: { x: float32([2, 3], [1000, 999, -1e9, -1e9, 5, 5]) },
    run: ({ x }) => tf.softmax(x!),
  },
  {
    kernel: 'TopK',
    about: '3 of [2,7], ties by position',
    inputs: { x: float32([2, 7], [1, 3, 2, 3, 0, 3, 1, 5, 5, 5, 5, 5, 5, 5]) },
    run: ({ x }) => Object.values(tf.topk(x!, 3)),
  },
  {
    kernel: 'TopK',
    about: 'int32, all of them',
    inputs: { x: integers([11]) },
    run: ({ x }) => Object.values(tf.topk(x!, 11)),
  },
  {
    kernel: 'SearchSorted',
    about: 'left and right',
    inputs: {
      s: float32([2, 5], [0, 2, 2, 4, 9, 1, 1, 1, 3, 7]),
      v: float32([2, 3], [2, 4.5, 0, 1, 9, 0]),
    },
    run: ({ s, v }) => [tf.searchSorted(s!, v!, 'left'), tf.searchSorted(s!, v!, 'right')],
  },
  {
    kernel: 'Bincount',
    about: 'weighted',
    inputs: { x: int32([5], [0, 3, 3, 1, 3]), w: floats([5]) },
    run: ({ x, w }) => tf.bincount(x as tf.Tensor1D, w as tf.Tensor1D, 5),
  },
  {
    kernel: 'DenseBincount',
    about: 'counts of rows',
    inputs: { x: int32([2, 3], [0, 2, 2, 1, 1, 3]), w: floats([0]) },
    run: ({ x, w }) => [
      tf.denseBincount(x as tf.Tensor2D, w as unknown as tf.Tensor2D, 4),
      tf.denseBincount(x as tf.Tensor2D, w as unknown as tf.Tensor2D, 4, true),
    ],
  },
  {
    kernel: 'FusedBatchNorm',
    about: 'rank 4',
    inputs: {
      x: floats([2, 3, 1, 5]),
      m: floats([5]),
      v: floats([5], 0.5, 2),
      o: floats([5], 0, 1),
      s: floats([5], 1, 2),
    },
    run: ({ x, m, v, o, s }) =>
      tf.batchNorm4d(
        x as tf.Tensor4D,
        m as tf.Tensor1D,
        v as tf.Tensor1D,
        o as tf.Tensor1D,
        s as tf.Tensor1D,
        1e-3,
      ),
    gradient: ['x', 'o', 's'],
    tolerance: 1e-5,
  },
];
