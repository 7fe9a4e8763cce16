import { expect, test } from 'vitest';
import { tf } from '@tunesmith/runtime';
import { numbers, testKernel } from '../test-support/kernel-cases.ts';
import { rmsNorm } from './index.ts';

testKernel(
  [
    [1, 1],
    [3, 7],
    [2, 5, 13],
    [1, 8],
  ].map((shape) => ({
    name: `rmsNorm over [${shape}]`,
    inputs: { x: numbers(shape, 1, 2), weight: numbers([shape.at(-1)!], 2) },
    run: ({ x, weight }) => rmsNorm(x!, weight!, 0.1),
    composed: ({ x, weight }) =>
      tf.mul(tf.div(x!, tf.sqrt(tf.add(tf.mean(tf.square(x!), -1, true), 0.1))), weight!),
  })),
);

const normalized = (x: tf.Tensor) =>
  tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), 0.1)));

testKernel([
  {
    name: 'rmsNorm with a weight stored as its difference from 1',
    inputs: { x: numbers([3, 7], 1, 2), weight: numbers([7], 2) },
    run: ({ x, weight }) => rmsNorm(x!, weight!, 0.1, 1),
    composed: ({ x, weight }) => tf.mul(normalized(x!), tf.add(weight!, 1)),
  },
  {
    name: 'rmsNorm without a weight',
    inputs: { x: numbers([3, 7], 1, 2) },
    run: ({ x }) => rmsNorm(x!, undefined, 0.1),
    composed: ({ x }) => normalized(x!),
  },
  {
    name: 'rmsNorm of each head with weights of its own',
    inputs: { x: numbers([2, 3, 4], 1, 2), weight: numbers([3, 4], 2) },
    run: ({ x, weight }) => rmsNorm(x!, weight!, 0.1),
    composed: ({ x, weight }) => tf.mul(normalized(x!), weight!),
  },
]);

test('refuses a weight of another width and names both', () => {
  expect(() => rmsNorm(tf.zeros([2, 4]), tf.ones([3]), 1e-6)).toThrow(
    /weight is \[3\]; accepted: \[4\]/,
  );
});
