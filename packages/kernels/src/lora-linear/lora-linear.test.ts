import { tf } from '@tunesmith/runtime';
import { numbers, testKernel } from '../test-support/kernel-cases.ts';
import { loraLinear } from './index.ts';

testKernel(
  (
    [
      [[1], 1, 1, 1],
      [[3], 7, 5, 2],
      [[2, 3], 5, 11, 3],
    ] as const
  ).map(([leading, input, output, r]) => ({
    name: `loraLinear ${input} to ${output}, r = ${r}`,
    inputs: {
      base: numbers([...leading, output], 1),
      x: numbers([...leading, input], 2),
      a: numbers([r, input], 3),
      b: numbers([output, r], 4),
    },
    run: ({ base, x, a, b }) => loraLinear(base!, x!, a!, b!, 1.5),
    composed: ({ base, x, a, b }) => {
      const update = tf.matMul(
        tf.matMul(tf.reshape(x!, [-1, input]), tf.transpose(a!)),
        tf.transpose(b!),
      );
      return tf.add(base!, tf.mul(tf.reshape(update, base!.shape), 1.5));
    },
  })),
);
