import { expect, test } from 'vitest';
import { tf } from '@tunesmith/runtime';
import { numbers, testKernel } from '../test-support/kernel-cases.ts';
import { layerNorm } from './index.ts';

const normalized = (x: tf.Tensor) => {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 0.2)));
};

testKernel(
  [
    [1, 1],
    [3, 7],
    [2, 5, 13],
    [1, 8],
  ].map((shape) => ({
    name: `layerNorm over [${shape}]`,
    inputs: {
      x: numbers(shape, 1, 2),
      weight: numbers([shape.at(-1)!], 2),
      bias: numbers([shape.at(-1)!], 3),
    },
    run: ({ x, weight, bias }) => layerNorm(x!, weight!, bias!, 0.2),
    composed: ({ x, weight, bias }) => tf.add(tf.mul(normalized(x!), weight!), bias!),
  })),
);

testKernel([
  {
    name: 'layerNorm without a bias',
    inputs: { x: numbers([3, 7], 1, 2), weight: numbers([7], 2) },
    run: ({ x, weight }) => layerNorm(x!, weight!, undefined, 0.2),
    composed: ({ x, weight }) => tf.mul(normalized(x!), weight!),
  },
  {
    name: 'layerNorm without a weight',
    inputs: { x: numbers([3, 7], 1, 2) },
    run: ({ x }) => layerNorm(x!, undefined, undefined, 0.2),
    composed: ({ x }) => normalized(x!),
  },
  {
    name: 'layerNorm of each head with weights of its own',
    inputs: { x: numbers([2, 3, 4], 1, 2), weight: numbers([3, 4], 2) },
    run: ({ x, weight }) => layerNorm(x!, weight!, undefined, 0.2),
    composed: ({ x, weight }) => tf.mul(normalized(x!), weight!),
  },
]);

test('refuses a weight that is not of the last axes', () => {
  const call = () => layerNorm(tf.zeros([2, 3, 4]), tf.ones([2, 4]), undefined, 1e-5);
  expect(call).toThrow(/weight is \[2,4\]; accepted: \[3, 4\]/);
});
