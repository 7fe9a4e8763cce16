import { expect, test } from 'vitest';
import { tf } from '@tunesmith/runtime';
import { numbers, testKernel } from '../test-support/kernel-cases.ts';
import type { KernelCase } from '../test-support/kernel-cases.ts';
import { linear } from './index.ts';

const cases: KernelCase[] = [];
for (const [leading, input, output] of [
  [[1], 1, 1],
  [[3], 7, 5],
  [[2, 3], 5, 11],
] as const) {
  const x = numbers([...leading, input], 1);
  const bias = numbers([output], 3);
  const product = (x: tf.Tensor, w: tf.Tensor) =>
    tf.reshape(tf.matMul(tf.reshape(x, [-1, input]), w as tf.Tensor2D), [...leading, output]);
  cases.push(
    {
      name: `linear out_in ${input} to ${output} with bias`,
      inputs: { x, weight: numbers([output, input], 2), bias },
      run: ({ x, weight, bias }) => linear(x!, weight!, { layout: 'out_in', bias }),
      composed: ({ x, weight, bias }) => tf.add(product(x!, tf.transpose(weight!)), bias!),
    },
    {
      name: `linear in_out ${input} to ${output} without bias`,
      inputs: { x, weight: numbers([input, output], 2) },
      run: ({ x, weight }) => linear(x!, weight!, { layout: 'in_out' }),
      composed: ({ x, weight }) => product(x!, weight!),
    },
  );
}
testKernel(cases);

test('refuses a weight that does not fit x in the given layout', () => {
  expect(() => linear(tf.zeros([2, 4]), tf.ones([4, 3]), { layout: 'out_in' })).toThrow(
    /weight is \[4,3\]/,
  );
});
