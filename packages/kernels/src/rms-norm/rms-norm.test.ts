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

test('refuses a weight of another width and names both', () => {
  expect(() => rmsNorm(tf.zeros([2, 4]), tf.ones([3]), 1e-6)).toThrow(
    /weight is \[3\]; accepted: \[4\]/,
  );
});
