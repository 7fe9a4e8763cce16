import { tf } from '@tunesmith/runtime';
import { numbers, testKernel } from '../test-support/kernel-cases.ts';
import { layerNorm } from './index.ts';

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
    composed: ({ x, weight, bias }) => {
      const { mean, variance } = tf.moments(x!, -1, true);
      return tf.add(
        tf.mul(tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, 0.2))), weight!),
        bias!,
      );
    },
  })),
);
