import { tf } from '@tunesmith/runtime';
import { numbers, testKernel } from '../test-support/kernel-cases.ts';
import { geglu } from './index.ts';

const inputs = { gate: numbers([3, 7], 1, 3), up: numbers([3, 7], 2) };

testKernel([
  {
    name: 'geglu exact',
    inputs,
    run: ({ gate, up }) => geglu(gate!, up!, 'none'),
    composed: ({ gate, up }) =>
      tf.mul(tf.mul(gate!, tf.mul(0.5, tf.add(1, tf.erf(tf.div(gate!, Math.SQRT2))))), up!),
  },
  {
    name: 'geglu tanh',
    inputs,
    run: ({ gate, up }) => geglu(gate!, up!, 'tanh'),
    composed: ({ gate, up }) => {
      const inner = tf.mul(
        Math.sqrt(2 / Math.PI),
        tf.add(gate!, tf.mul(0.044715, tf.pow(gate!, 3))),
      );
      return tf.mul(tf.mul(gate!, tf.mul(0.5, tf.add(1, tf.tanh(inner)))), up!);
    },
  },
]);
