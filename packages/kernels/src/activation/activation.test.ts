import { tf } from '@tunesmith/runtime';
import { numbers, testKernel } from '../test-support/kernel-cases.ts';
import { gelu, mish, quickGelu, relu, reluSquared, silu, tanh } from './index.ts';

const x = numbers([3, 7], 1, 4);

testKernel([
  {
    name: 'silu',
    inputs: { x },
    run: ({ x }) => silu(x!),
    composed: ({ x }) => tf.mul(x!, tf.sigmoid(x!)),
  },
  {
    name: 'gelu exact',
    inputs: { x },
    run: ({ x }) => gelu(x!, 'none'),
    composed: ({ x }) => tf.mul(x!, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x!, Math.SQRT2))))),
  },
  {
    name: 'gelu tanh',
    inputs: { x },
    run: ({ x }) => gelu(x!, 'tanh'),
    composed: ({ x }) => {
      const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x!, tf.mul(0.044715, tf.pow(x!, 3))));
      return tf.mul(x!, tf.mul(0.5, tf.add(1, tf.tanh(inner))));
    },
  },
  {
    // Away from the kink, where a difference would see both sides.
    name: 'relu',
    inputs: { x: { ...x, data: x.data.map((v) => v + Math.sign(v) * 0.2) } },
    run: ({ x }) => relu(x!),
    composed: ({ x }) => tf.relu(x!),
  },
  {
    name: 'relu squared',
    inputs: { x },
    run: ({ x }) => reluSquared(x!),
    composed: ({ x }) => tf.mul(tf.relu(x!), tf.relu(x!)),
    // Five-point differences are not exact across the kink of the slope.
    differences: false,
  },
  {
    name: 'quick gelu',
    inputs: { x },
    run: ({ x }) => quickGelu(x!),
    composed: ({ x }) => tf.mul(x!, tf.sigmoid(tf.mul(x!, 1.702))),
  },
  {
    name: 'mish',
    inputs: { x },
    run: ({ x }) => mish(x!),
    composed: ({ x }) => tf.mul(x!, tf.tanh(tf.log(tf.add(1, tf.exp(x!))))),
  },
  {
    name: 'tanh',
    inputs: { x },
    run: ({ x }) => tanh(x!),
    composed: ({ x }) => tf.tanh(x!),
  },
  {
    name: 'mish of large numbers',
    inputs: { x: numbers([2, 3], 4, 200) },
    run: ({ x }) => mish(x!),
    composed: ({ x }) => tf.mul(x!, tf.tanh(tf.softplus(x!))),
  },
]);
