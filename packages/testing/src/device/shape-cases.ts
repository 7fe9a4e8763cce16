import { tf } from '@tunesmith/runtime';
import type { KernelCase } from './kernel-case.ts';
import { booleans, floats, integers } from './tensors.ts';

/** Kernels that move elements, and those that make constants. */
export const shapeCases: readonly KernelCase[] = [
  {
    kernel: 'Identity',
    about: 'an input returned as it is',
    inputs: { x: floats([3, 5]) },
    run: ({ x }) => tf.clone(x!),
    gradient: ['x'],
  },
  {
    kernel: 'Reshape',
    about: '[2,3,5] to [5,6] and back',
    inputs: { x: floats([2, 3, 5]) },
    run: ({ x }) => tf.reshape(tf.reshape(x!, [5, 6]), [-1, 3, 5]),
    gradient: ['x'],
  },
  {
    kernel: 'Reshape',
    about: 'nothing',
    inputs: { x: floats([0, 3]) },
    run: ({ x }) => tf.reshape(x!, [3, 0]),
  },
  {
    kernel: 'ExpandDims',
    about: 'in front, inside, behind',
    inputs: { x: floats([3, 5]) },
    run: ({ x }) => [tf.expandDims(x!), tf.expandDims(x!, 1), tf.expandDims(x!, -1)],
    gradient: ['x'],
  },
  {
    kernel: 'Transpose',
    about: '[2,3,5] by [2,0,1]',
    inputs: { x: floats([2, 3, 5]) },
    run: ({ x }) => tf.transpose(x!, [2, 0, 1]),
    gradient: ['x'],
  },
  {
    kernel: 'Transpose',
    about: 'int32, bool and nothing',
    inputs: { x: integers([3, 5]), y: booleans([3, 5]), z: floats([0, 5]) },
    run: ({ x, y, z }) => [tf.transpose(x!), tf.transpose(y!), tf.transpose(z!)],
  },
  {
    kernel: 'Slice',
    about: 'of every axis',
    inputs: { x: floats([3, 5, 7]) },
    run: ({ x }) => tf.slice(x!, [1, 0, 2], [2, -1, 3]),
    gradient: ['x'],
  },
  {
    kernel: 'Slice',
    about: 'of no elements',
    inputs: { x: floats([3, 5]) },
    run: ({ x }) => tf.slice(x!, [1, 0], [0, 5]),
  },
  {
    kernel: 'Slice',
    about: 'int32 and bool',
    inputs: { x: integers([7]), y: booleans([7]) },
    run: ({ x, y }) => [tf.slice(x!, 2, 3), tf.slice(y!, 2, 3)],
  },
  {
    kernel: 'StridedSlice',
    about: 'steps of 2',
    inputs: { x: floats([7, 5]) },
    run: ({ x }) => tf.stridedSlice(x!, [1, 0], [7, 5], [2, 3]),
  },
  {
    kernel: 'StridedSlice',
    about: 'backwards to the start',
    inputs: { x: floats([7]) },
    run: ({ x }) => tf.stridedSlice(x!, [-1], [0], [-2], 0, 1),
  },
  {
    kernel: 'StridedSlice',
    about: 'an axis taken out',
    inputs: { x: floats([3, 5]) },
    run: ({ x }) => tf.stridedSlice(x!, [1, 0], [2, 5], [1, 1], 0, 0, 0, 0, 1),
  },
  {
    kernel: 'Reverse',
    about: 'one axis and both',
    inputs: { x: floats([3, 5]) },
    run: ({ x }) => [tf.reverse(x!, 1), tf.reverse(x!)],
    gradient: ['x'],
  },
  {
    kernel: 'PadV2',
    about: 'with zeros and with a number',
    inputs: { x: floats([3, 5]) },
    run: ({ x }) => [
      tf.pad(x!, [
        [1, 2],
        [0, 3],
      ]),
      tf.pad(
        x!,
        [
          [0, 0],
          [2, 0],
        ],
        -7.5,
      ),
    ],
    gradient: ['x'],
  },
  {
    kernel: 'PadV2',
    about: 'int32, bool, nothing',
    inputs: { x: integers([3]), y: booleans([3]), z: floats([0]) },
    run: ({ x, y, z }) => [
      tf.pad(x!, [[1, 1]], 9),
      tf.pad(y!, [[1, 1]], 1),
      tf.pad(z!, [[1, 2]], 0.5),
    ],
  },
  {
    kernel: 'MirrorPad',
    about: 'reflect and symmetric',
    inputs: { x: floats([4, 5]) },
    run: ({ x }) => [
      tf.mirrorPad(
        x!,
        [
          [2, 1],
          [0, 3],
        ],
        'reflect',
      ),
      tf.mirrorPad(
        x!,
        [
          [2, 1],
          [1, 3],
        ],
        'symmetric',
      ),
    ],
  },
  {
    kernel: 'Concat',
    about: 'along each axis',
    inputs: { a: floats([2, 3]), b: floats([2, 5], 0, 1), c: floats([1, 3]) },
    run: ({ a, b, c }) => [tf.concat([a!, b!], 1), tf.concat([a!, c!], 0)],
    gradient: ['a', 'b', 'c'],
  },
  {
    kernel: 'Concat',
    about: 'with nothing among the pieces',
    inputs: { a: floats([2, 3]), b: floats([0, 3]) },
    run: ({ a, b }) => [tf.concat([a!, b!], 0), tf.concat([b!, b!], 0)],
  },
  {
    kernel: 'Pack',
    about: 'along each axis',
    inputs: { a: floats([3, 5]), b: floats([3, 5], 0, 1) },
    run: ({ a, b }) => [tf.stack([a!, b!]), tf.stack([a!, b!], 1), tf.stack([a!, b!], -1)],
    gradient: ['a', 'b'],
  },
  {
    kernel: 'Unpack',
    about: 'along each axis',
    inputs: { x: floats([2, 3]) },
    run: ({ x }) => [...tf.unstack(x!), ...tf.unstack(x!, 1)],
    gradient: ['x'],
  },
  {
    kernel: 'SplitV',
    about: 'even and uneven',
    inputs: { x: floats([6, 5]) },
    run: ({ x }) => [...tf.split(x!, 3), ...tf.split(x!, [1, 4], 1)],
    gradient: ['x'],
  },
  {
    kernel: 'Tile',
    about: '[2,3] by [2,3]',
    inputs: { x: floats([2, 3]) },
    run: ({ x }) => tf.tile(x!, [2, 3]),
    gradient: ['x'],
  },
  {
    kernel: 'Tile',
    about: 'broadcastTo [3,1] to [3,5]',
    inputs: { x: floats([3, 1]), y: floats([3, 5]) },
    run: ({ x, y }) => [
      tf.broadcastTo(x!, [3, 5]),
      tf.mul(tf.broadcastTo(x!, [3, 5]), y!),
      tf.add(tf.broadcastTo(x!, [3, 5]), x!),
    ],
  },
  {
    kernel: 'Fill',
    about: 'float32, int32, bool, large',
    inputs: { x: floats([1]) },
    run: ({ x }) => [
      tf.fill([3, 5], 2.5),
      tf.fill([7], 3, 'int32'),
      tf.add(x!, tf.fill([50, 41], 1.5)),
      tf.fill([50, 41], -1),
    ],
  },
  {
    kernel: 'ZerosLike',
    about: 'float32 and int32',
    inputs: { x: floats([3]), y: integers([3]) },
    run: ({ x, y }) => [tf.zerosLike(x!), tf.zerosLike(y!)],
  },
  {
    kernel: 'OnesLike',
    about: 'float32 and bool',
    inputs: { x: floats([3]), y: booleans([3]) },
    run: ({ x, y }) => [tf.onesLike(x!), tf.onesLike(y!)],
  },
  {
    kernel: 'Range',
    about: 'up, down, by fractions',
    inputs: { x: floats([]) },
    run: ({ x }) => [
      tf.range(0, 7, 2, 'int32'),
      tf.range(5, 0, -1),
      tf.mul(tf.range(0, 1, 0.3), x!),
    ],
  },
  {
    kernel: 'LinSpace',
    about: 'five between 0 and 1',
    inputs: { x: floats([]) },
    run: ({ x }) => tf.mul(tf.linspace(0, 1, 5), x!),
  },
  {
    kernel: 'Diag',
    about: 'of a vector and a matrix',
    inputs: { x: floats([3]), y: floats([2, 3]) },
    run: ({ x, y }) => [tf.diag(x!), tf.diag(y!)],
  },
  {
    kernel: 'DepthToSpace',
    about: 'blocks of 2',
    inputs: { x: floats([1, 2, 3, 8]) },
    run: ({ x }) => tf.depthToSpace(x as tf.Tensor4D, 2, 'NHWC'),
  },
  {
    kernel: 'SpaceToBatchND',
    about: 'blocks of 2 with padding',
    inputs: { x: floats([1, 3, 5, 2]) },
    run: ({ x }) =>
      tf.spaceToBatchND(
        x!,
        [2, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ),
    gradient: ['x'],
  },
  {
    kernel: 'BatchToSpaceND',
    about: 'blocks of 2 with crops',
    inputs: { x: floats([4, 2, 3, 1]) },
    run: ({ x }) =>
      tf.batchToSpaceND(
        x!,
        [2, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ),
    gradient: ['x'],
  },
];
