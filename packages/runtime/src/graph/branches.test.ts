import { expect, test } from 'vitest';
import { openDevice } from '../devices/node-devices.ts';
import type { TensorMap } from '../tensor.ts';
import { tf } from '../tf.ts';
import { intoBranches } from './branches.ts';
import { recordFunction } from './compile.ts';
import { choose } from './record.ts';

/** `x²·e^x` or `−(x²)`. */
const chosen = ({ x, condition }: TensorMap): TensorMap => {
  const shared = tf.square(x!);
  return { y: choose(condition!, tf.mul(shared, tf.exp(x!)), tf.neg(shared)) };
};

test('what only one side of a choice needs is written into its branch, what both need stands before', () => {
  const { graph } = recordFunction('chosen', chosen, {
    x: { shape: [2], dtype: 'float32' },
    condition: { shape: [1], dtype: 'bool' },
  });
  const [square, choice, ...more] = intoBranches(graph);
  expect(more).toEqual([]);
  expect(square!.op).toBe('Mul');
  expect(choice!.inputs).toHaveLength(1);
  expect(choice!.branches!.map(({ nodes }) => nodes.map(({ op }) => op))).toEqual([
    ['Exp', 'Mul'],
    ['Neg'],
  ]);
});

test.each([
  [1, [1 * Math.E, 4 * Math.E ** 2]],
  [0, [-1, -4]],
])('a choice by %d gives its side', async (condition, expected) => {
  const device = await openDevice('cpu');
  const run = device.jit('chosen', chosen);
  const { y } = await run({
    x: { shape: [2], dtype: 'float32', data: Float32Array.of(1, 2) },
    condition: { shape: [1], dtype: 'bool', data: Uint8Array.of(condition) },
  });
  const { data } = await device.read(y!);
  expect([...data].map((value, i) => Math.abs(value - expected[i]!) < 1e-5)).toEqual([true, true]);
  await device.close();
});
