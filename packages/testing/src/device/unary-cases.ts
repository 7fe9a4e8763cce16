import { tf } from '@tunesmith/runtime';
import type { KernelCase } from './kernel-case.ts';
import { booleans, float32, floats, integers } from './tensors.ts';

type Unary = (x: tf.Tensor) => tf.Tensor;

/** Shapes for operations on one tensor: scalar, one, a prime, a matrix, ones inside, nothing. */
const shapes = [[], [1], [7], [3, 5], [2, 1, 13], [0, 3]];

/** Operations on float32, with the range in which they are smooth. */
const smooth: readonly [string, Unary, number, number][] = [
  ['Abs', tf.abs, -2, 2],
  ['Acos', tf.acos, -0.9, 0.9],
  ['Acosh', tf.acosh, 1.2, 4],
  ['Asin', tf.asin, -0.9, 0.9],
  ['Asinh', tf.asinh, -3, 3],
  ['Atan', tf.atan, -3, 3],
  ['Atanh', tf.atanh, -0.9, 0.9],
  ['Ceil', tf.ceil, -3, 3],
  ['Cos', tf.cos, -4, 4],
  ['Cosh', tf.cosh, -2, 2],
  ['Elu', tf.elu, -2, 2],
  ['Erf', tf.erf, -2, 2],
  ['Exp', tf.exp, -3, 3],
  ['Expm1', tf.expm1, -3, 3],
  ['Floor', tf.floor, -3, 3],
  ['LeakyRelu', (x) => tf.leakyRelu(x, 0.3), -2, 2],
  ['Log', tf.log, 0.1, 4],
  ['Log1p', tf.log1p, -0.9, 4],
  ['Neg', tf.neg, -2, 2],
  ['Reciprocal', tf.reciprocal, 0.3, 3],
  ['Relu', tf.relu, -2, 2],
  ['Relu6', tf.relu6, -4, 9],
  ['Round', tf.round, -4, 4],
  ['Rsqrt', tf.rsqrt, 0.2, 4],
  ['Selu', tf.selu, -2, 2],
  ['Sigmoid', tf.sigmoid, -5, 5],
  ['Sign', tf.sign, -2, 2],
  ['Sin', tf.sin, -4, 4],
  ['Sinh', tf.sinh, -2, 2],
  ['Softplus', tf.softplus, -4, 4],
  ['Sqrt', tf.sqrt, 0.1, 4],
  ['Square', tf.square, -2, 2],
  ['Step', (x) => tf.step(x, 0.25), -2, 2],
  ['Tan', tf.tan, -1.2, 1.2],
  ['Tanh', tf.tanh, -3, 3],
  ['ClipByValue', (x) => tf.clipByValue(x, -0.5, 0.75), -2, 2],
];

/** Operations on one tensor of integers. */
const onIntegers: readonly [string, Unary][] = [
  ['Abs', tf.abs],
  ['Neg', tf.neg],
  ['Sign', tf.sign],
  ['Square', tf.square],
  ['Relu', tf.relu],
  ['Relu6', tf.relu6],
  ['ClipByValue', (x) => tf.clipByValue(x, -2, 3)],
  ['Step', (x) => tf.step(x, 2)],
];

const special = float32([8], [0, -0, 1, -1, Infinity, -Infinity, NaN, 1e-8]);
const onSpecial: readonly [string, Unary][] = [
  ['IsNan', tf.isNaN],
  ['IsInf', tf.isInf],
  ['IsFinite', tf.isFinite],
  ['Expm1', tf.expm1],
  ['Log1p', tf.log1p],
  ['Relu', tf.relu],
  ['Sigmoid', tf.sigmoid],
  ['Step', (x) => tf.step(x, 0.5)],
];

const periodic: readonly [string, Unary][] = [
  ['Sin', tf.sin],
  ['Cos', tf.cos],
];

/** Uses of the kernels that work on one tensor, element by element. */
export const unaryCases: readonly KernelCase[] = [
  ...smooth.flatMap(([kernel, f, low, high]) =>
    shapes.map((shape): KernelCase => ({
      kernel,
      about: `float32 [${shape}]`,
      inputs: { x: floats(shape, low, high) },
      run: ({ x }) => f(x!),
      gradient: ['x'],
    })),
  ),
  ...onIntegers.map(([kernel, f]): KernelCase => ({
    kernel,
    about: 'int32 [13]',
    inputs: { x: integers([13]) },
    run: ({ x }) => f(x!),
  })),
  ...onSpecial.map(([kernel, f]): KernelCase => ({
    kernel,
    about: 'zeros, infinities, not a number',
    inputs: { x: special },
    run: ({ x }) => f(x!),
    isExtreme: true,
  })),
  ...periodic.map(([kernel, f]): KernelCase => ({
    kernel,
    about: 'angles of many turns',
    inputs: { x: floats([61], -5000, 5000) },
    run: ({ x }) => f(x!),
  })),
  {
    kernel: 'LogicalNot',
    about: 'bool [7]',
    inputs: { x: booleans([7]) },
    run: ({ x }) => tf.logicalNot(x!),
  },
  {
    kernel: 'Cast',
    about: 'float32 to int32 truncates',
    inputs: { x: float32([5], [1.9, -1.9, 0.5, -0.5, 3]) },
    run: ({ x }) => tf.cast(x!, 'int32'),
  },
  {
    kernel: 'Cast',
    about: 'float32 to bool',
    inputs: { x: float32([3], [0, 0.25, -3]) },
    run: ({ x }) => tf.cast(x!, 'bool'),
  },
  {
    kernel: 'Cast',
    about: 'int32 to float32',
    inputs: { x: integers([7]) },
    run: ({ x }) => tf.cast(x!, 'float32'),
  },
  {
    kernel: 'Cast',
    about: 'int32 to bool',
    inputs: { x: integers([7], -1, 2) },
    run: ({ x }) => tf.cast(x!, 'bool'),
  },
  {
    kernel: 'Cast',
    about: 'bool to float32 and int32',
    inputs: { x: booleans([7]) },
    run: ({ x }) => [tf.cast(x!, 'float32'), tf.cast(x!, 'int32')],
  },
  {
    kernel: 'EluGrad',
    about: 'the gradient of elu alone',
    inputs: { x: floats([7]) },
    run: ({ x }) => tf.grad((y) => tf.elu(y))(x!),
  },
];
