import { expect, test } from 'vitest';
import type { TensorMap, TensorSpec } from '../tensor.ts';
import { tf } from '../tf.ts';
import { recordFunction } from './compile.ts';
import type { Graph } from './graph.ts';
import { packFixed } from './pack.ts';

const specs: Record<string, TensorSpec> = {
  x: { shape: [3, 4], dtype: 'float32' },
  w: { shape: [4, 5], dtype: 'float32' },
  v: { shape: [5, 4], dtype: 'float32' },
};
const numbers = {
  byteLength: 80,
  read: async () => ({ data: new Float32Array(20), areSpare: false }),
};

/** The input that each product reads second; `packed` where it is a constant. */
function secondOperands({ nodes, inputs }: Graph): string[] {
  return nodes
    .filter(({ op }) => op.endsWith('MatMul'))
    .map((node) => inputs.find(({ value }) => value === node.inputs[1])?.name ?? 'packed');
}

function packedOf(
  fn: (inputs: Record<'x' | 'w' | 'v', tf.Tensor2D>) => tf.Tensor,
  room?: number,
): { operands: string[]; constants: number } {
  const { graph } = recordFunction(
    'test',
    (inputs: TensorMap) => ({ y: fn(inputs as Record<'x' | 'w' | 'v', tf.Tensor2D>) }),
    specs,
  );
  const isFixed = graph.inputs.filter(({ name }) => name !== 'x');
  const fixed = new Map(isFixed.map(({ value }) => [value, numbers] as const));
  const result = packFixed(graph, fixed, room);
  return { operands: secondOperands(result.graph), constants: result.packed.size };
}

test('products with fixed matrices get them as constants', () => {
  const two = ({ x, w, v }: Record<'x' | 'w' | 'v', tf.Tensor2D>) =>
    tf.add(tf.matMul(x, w), tf.matMul(x, v, false, true));
  expect(packedOf(two)).toEqual({ operands: ['packed', 'packed'], constants: 2 });
});

test('products with one matrix share its constant', () => {
  expect(packedOf(({ x, w }) => tf.matMul(tf.matMul(x, w), w, false, true))).toEqual({
    operands: ['packed', 'packed'],
    constants: 1,
  });
});

test('a product with a matrix that is not fixed stays as it is', () => {
  expect(packedOf(({ x, v }) => tf.matMul(v, x, false, true))).toEqual({
    operands: ['x'],
    constants: 0,
  });
});

test('where there is no room for all, products with matrices as they lie come first', () => {
  const turnedFirst = ({ x, w, v }: Record<'x' | 'w' | 'v', tf.Tensor2D>) =>
    tf.matMul(tf.matMul(tf.matMul(x, v, false, true), v), w);
  expect(packedOf(turnedFirst, 2 * numbers.byteLength)).toEqual({
    operands: ['v', 'packed', 'packed'],
    constants: 2,
  });
});

test('a large matrix is left as it is', () => {
  const shape = [4096, 4097];
  const { graph } = recordFunction(
    'test',
    ({ x, w }: TensorMap) => ({ y: tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D) }),
    { x: { shape: [1, 4096], dtype: 'float32' }, w: { shape, dtype: 'float32' } },
  );
  const large = { ...numbers, byteLength: 4 * 4096 * 4097 };
  expect(packFixed(graph, new Map([[graph.inputs[1]!.value, large]])).packed.size).toBe(0);
});
