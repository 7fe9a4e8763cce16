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
const numbers = new Float32Array(20);

/** The names of the graph's inputs and constants that each product reads second; `packed` for a constant. */
function secondOperands({ nodes, inputs }: Graph): string[] {
  return nodes
    .filter(({ op }) => op.endsWith('MatMul'))
    .map((node) => inputs.find(({ value }) => value === node.inputs[1])?.name ?? 'packed');
}

function packedOf(
  fn: (inputs: Record<'x' | 'w' | 'v', tf.Tensor2D>) => tf.Tensor,
  room?: number,
): { operands: string[]; copies: number } {
  const { graph } = recordFunction(
    'test',
    (inputs: TensorMap) => ({ y: fn(inputs as Record<'x' | 'w' | 'v', tf.Tensor2D>) }),
    specs,
  );
  const isFixed = graph.inputs.filter(({ name }) => name !== 'x');
  const fixed = new Map(isFixed.map(({ value }) => [value, numbers] as const));
  const result = packFixed(graph, fixed, room);
  return { operands: secondOperands(result.graph), copies: result.packed.size };
}

test('a product with a fixed matrix gets a copy of it to pack', () => {
  expect(packedOf(({ x, w }) => tf.matMul(x, w))).toEqual({ operands: ['packed'], copies: 1 });
});

test('a product with the transposed matrix reads it as it lies', () => {
  expect(packedOf(({ x, v }) => tf.matMul(x, v, false, true))).toEqual({
    operands: ['v'],
    copies: 0,
  });
});

test('a product of a matrix that is not fixed stays as it is', () => {
  expect(packedOf(({ x, v }) => tf.matMul(v, x, false, true))).toEqual({
    operands: ['x'],
    copies: 0,
  });
});

test('no more is packed than there is room for', () => {
  const chain = ({ x, w, v }: Record<'x' | 'w' | 'v', tf.Tensor2D>) =>
    tf.matMul(tf.matMul(tf.matMul(x, w), v), w);
  expect(packedOf(chain, 2 * numbers.byteLength)).toEqual({
    operands: ['packed', 'packed', 'w'],
    copies: 2,
  });
});
