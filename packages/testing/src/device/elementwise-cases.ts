import { tf, type HostTensor } from '@tunesmith/runtime';
import type { KernelCase } from './kernel-case.ts';
import { booleans, float32, floats, int32, integers } from './tensors.ts';

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Pairs of shapes that broadcast. */
const pairs: readonly [number[], number[]][] = [
  [[], []],
  [[7], [7]],
  [[3, 5], [5]],
  [
    [3, 1],
    [1, 5],
  ],
  [[2, 3, 5], []],
  [
    [2, 1, 1],
    [3, 5],
  ],
  [
    [0, 3],
    [1, 3],
  ],
];

/** Operations on two float32 tensors; the last entry says which inputs have a gradient that tfjs gets right under broadcasting. */
const pairwise: readonly [string, Binary, boolean][] = [
  ['Add', tf.add, true],
  ['Sub', tf.sub, true],
  ['Multiply', tf.mul, true],
  ['RealDiv', tf.div, true],
  ['Atan2', tf.atan2, true],
  ['FloorDiv', tf.floorDiv, false],
  ['Mod', tf.mod, false],
  ['Maximum', tf.maximum, false],
  ['Minimum', tf.minimum, false],
  ['SquaredDifference', tf.squaredDifference, false],
  ['Prelu', tf.prelu, false],
];

const comparisons: readonly [string, Binary][] = [
  ['Equal', tf.equal],
  ['NotEqual', tf.notEqual],
  ['Greater', tf.greater],
  ['GreaterEqual', tf.greaterEqual],
  ['Less', tf.less],
  ['LessEqual', tf.lessEqual],
];

const onIntegerPairs: readonly [string, Binary][] = [
  ['Add', tf.add],
  ['Sub', tf.sub],
  ['Multiply', tf.mul],
  ['FloorDiv', tf.floorDiv],
  ['Mod', tf.mod],
  ['Maximum', tf.maximum],
  ['Minimum', tf.minimum],
  ['SquaredDifference', tf.squaredDifference],
  ['BitwiseAnd', tf.bitwiseAnd as Binary],
];

function inputsOf(a: HostTensor, b: HostTensor): Record<string, HostTensor> {
  return { a, b };
}

/** tfjs gets some gradients wrong under broadcasting, and all of them when nothing is broadcast against something. */
function canDifferentiate(broadcasts: boolean, left: number[], right: number[]): boolean {
  return String(left) === String(right) || (broadcasts && !left.includes(0));
}

/** Uses of the kernels that put two tensors or more together, element by element. */
export const elementwiseCases: readonly KernelCase[] = [
  ...pairwise.flatMap(([kernel, f, hasGradient]) =>
    pairs.map(([left, right]): KernelCase => ({
      kernel,
      about: `float32 [${left}] with [${right}]`,
      inputs: inputsOf(floats(left), floats(right, 0.3, 2)),
      run: ({ a, b }) => f(a!, b!),
      ...(canDifferentiate(hasGradient, left, right) && kernel !== 'Prelu' && kernel !== 'FloorDiv'
        ? { gradient: ['a', 'b'] }
        : {}),
    })),
  ),
  ...comparisons.flatMap(([kernel, f]): KernelCase[] => [
    {
      kernel,
      about: 'int32 [3,1] with [1,5]',
      inputs: inputsOf(integers([3, 1]), integers([1, 5])),
      run: ({ a, b }) => f(a!, b!),
    },
    {
      kernel,
      about: 'float32 [7]',
      inputs: inputsOf(floats([7]), floats([7], -2, 2, 5)),
      run: ({ a, b }) => f(a!, b!),
    },
    {
      kernel,
      about: 'bool [5]',
      inputs: inputsOf(booleans([5]), booleans([5], 8)),
      run: ({ a, b }) => f(a!, b!),
    },
  ]),
  ...onIntegerPairs.map(([kernel, f]): KernelCase => ({
    kernel,
    about: 'int32 [11]',
    inputs: inputsOf(integers([11], -9, 9), int32([11], [2, -3, 5, 1, -1, 7, 4, -6, 2, 3, -2])),
    run: ({ a, b }) => f(a!, b!),
  })),
  {
    kernel: 'FloorDiv',
    about: 'int32 by zero',
    inputs: inputsOf(int32([3], [5, 0, -5]), int32([3], [0, 0, 0])),
    run: ({ a, b }) => tf.floorDiv(a!, b!),
  },
  {
    kernel: 'Add',
    about: 'int32 that overflows',
    inputs: inputsOf(int32([2], [2147483647, -2147483648]), int32([2], [1, -1])),
    run: ({ a, b }) => tf.add(a!, b!),
  },
  {
    kernel: 'Mod',
    about: 'float32 of both signs',
    inputs: inputsOf(float32([6], [5, -5, 5, -5, 5.5, -0.5]), float32([6], [3, 3, -3, -3, 2, 2])),
    run: ({ a, b }) => tf.mod(a!, b!),
  },
  {
    kernel: 'Pow',
    about: 'float32 [3,5] with [5]',
    inputs: inputsOf(floats([3, 5], 0.2, 2), floats([5])),
    run: ({ a, b }) => tf.pow(a!, b!),
    gradient: ['a', 'b'],
  },
  {
    kernel: 'Pow',
    about: 'int32',
    inputs: inputsOf(integers([5], 1, 5), int32([5], [0, 1, 2, 3, 4])),
    run: ({ a, b }) => tf.pow(a!, b!),
  },
  {
    kernel: 'Multiply',
    about: 'bool',
    inputs: inputsOf(booleans([5]), booleans([5], 8)),
    run: ({ a, b }) => tf.mul(a!, b!),
  },
  {
    kernel: 'LogicalAnd',
    about: 'bool [3,1] with [1,5]',
    inputs: inputsOf(booleans([3, 1]), booleans([1, 5])),
    run: ({ a, b }) => tf.logicalAnd(a!, b!),
  },
  {
    kernel: 'LogicalOr',
    about: 'bool [3,1] with [1,5]',
    inputs: inputsOf(booleans([3, 1]), booleans([1, 5])),
    run: ({ a, b }) => tf.logicalOr(a!, b!),
  },
  {
    kernel: 'Select',
    about: 'broadcast [3,1], [1,5], []',
    inputs: { c: booleans([3, 1]), a: floats([1, 5]), b: floats([]) },
    run: ({ c, a, b }) => tf.where(c!, a!, b!),
  },
  {
    kernel: 'Select',
    about: 'float32 [3,5]',
    inputs: { c: booleans([3, 5]), a: floats([3, 5]), b: floats([3, 5], 3, 4) },
    run: ({ c, a, b }) => tf.where(c!, a!, b!),
    gradient: ['a', 'b'],
  },
  {
    kernel: 'Select',
    about: 'int32 and nothing',
    inputs: { c: booleans([0, 2]), a: integers([0, 2]), b: integers([0, 2]) },
    run: ({ c, a, b }) => tf.where(c!, a!, b!),
  },
  {
    kernel: 'Select',
    about: 'bool',
    inputs: { c: booleans([5]), a: booleans([5], 3), b: booleans([5], 4) },
    run: ({ c, a, b }) => tf.where(c!, a!, b!),
  },
  {
    kernel: 'AddN',
    about: 'three of [3,5]',
    inputs: { a: floats([3, 5]), b: floats([3, 5], 0, 1), c: floats([3, 5], 1, 2) },
    run: ({ a, b, c }) => tf.addN([a!, b!, c!]),
    gradient: ['a', 'c'],
  },
];
