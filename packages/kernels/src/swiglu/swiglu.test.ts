import { tf } from '@tunesmith/runtime';
import { numbers, testKernel } from '../test-support/kernel-cases.ts';
import { swiglu } from './index.ts';

testKernel(
  [[1], [3, 7], [2, 3, 5]].map((shape) => ({
    name: `swiglu over [${shape}]`,
    inputs: { gate: numbers(shape, 1, 3), up: numbers(shape, 2) },
    run: ({ gate, up }) => swiglu(gate!, up!),
    composed: ({ gate, up }) => tf.mul(tf.mul(gate!, tf.sigmoid(gate!)), up!),
  })),
);
