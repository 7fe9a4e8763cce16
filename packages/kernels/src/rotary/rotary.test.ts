import { expect, test } from 'vitest';
import { tf } from '@tunesmith/runtime';
import { integers, numbers, testKernel } from '../test-support/kernel-cases.ts';
import { rotary } from './index.ts';

const frequencies = (pairs: number) =>
  Float32Array.from({ length: pairs }, (_, i) => 10 ** (-i / pairs));

testKernel(
  [
    { batch: 1, heads: 1, tokens: 1, headDim: 2, pairs: 1 },
    { batch: 2, heads: 3, tokens: 5, headDim: 6, pairs: 3 },
    { batch: 1, heads: 2, tokens: 3, headDim: 7, pairs: 2 },
  ].map(({ batch, heads, tokens, headDim, pairs }) => {
    const inverseFrequencies = frequencies(pairs);
    return {
      name: `rotary of ${2 * pairs} of ${headDim} dimensions`,
      inputs: { x: numbers([batch, tokens, heads, headDim], 1) },
      // Positions neither ordered nor the same in every row.
      constants: {
        positions: integers(
          [batch, tokens],
          Array.from({ length: batch * tokens }, (_, i) => (i * 7) % 11),
        ),
      },
      run: ({ x, positions }) =>
        rotary(x!, positions!, { inverseFrequencies, scale: 1.25, maximumPosition: 11 }),
      composed: ({ x, positions }) => {
        const angles = tf.mul(
          tf.reshape(tf.cast(positions!, 'float32'), [batch, tokens, 1, 1]),
          tf.tensor(inverseFrequencies),
        );
        const cos = tf.mul(tf.cos(angles), 1.25);
        const sin = tf.mul(tf.sin(angles), 1.25);
        const [a, b, rest] = tf.split(x!, [pairs, pairs, headDim - 2 * pairs], 3) as tf.Tensor[];
        const turned = [
          tf.sub(tf.mul(a!, cos), tf.mul(b!, sin)),
          tf.add(tf.mul(b!, cos), tf.mul(a!, sin)),
        ];
        return tf.concat(rest!.size > 0 ? [...turned, rest!] : turned, 3);
      },
    };
  }),
);

testKernel(
  [
    { headDim: 6, rotated: 6 },
    { headDim: 7, rotated: 4 },
  ].map(({ headDim, rotated }) => {
    const inverseFrequencies = frequencies(rotated / 2);
    // Neighbors are pairs: the same as halves of a head whose dimensions are put in another order.
    const order = Array.from({ length: headDim }, (_, i) => {
      if (i >= rotated) return i;
      return i < rotated / 2 ? 2 * i : 2 * (i - rotated / 2) + 1;
    });
    const back = order.map((_, i) => order.indexOf(i));
    const options = { inverseFrequencies, maximumPosition: 11 };
    return {
      name: `rotary of adjacent pairs, ${rotated} of ${headDim} dimensions`,
      inputs: { x: numbers([2, 3, 2, headDim], 1) },
      constants: { positions: integers([2, 3], [0, 7, 10, 3, 2, 1]) },
      run: ({ x, positions }) => rotary(x!, positions!, { ...options, pairs: 'adjacent' }),
      composed: ({ x, positions }) => {
        const halves = rotary(tf.gather(x!, order, 3), positions!, options);
        return tf.gather(halves, back, 3);
      },
    };
  }),
);

test('refuses more frequencies than half the head', () => {
  const options = { inverseFrequencies: frequencies(3), maximumPosition: 4 };
  const positions = tf.tensor([0], [1, 1], 'int32');
  expect(() => rotary(tf.zeros([1, 1, 1, 4]), positions, options)).toThrow(
    /inverseFrequencies.length is 3/,
  );
});
