import { expect, test } from 'vitest';
import { tf, valueAndGradients } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { DEVICES, integers, numbers, testKernel } from '../test-support/kernel-cases.ts';
import type { KernelCase } from '../test-support/kernel-cases.ts';
import type { Int8Matrix } from '../int8-linear/index.ts';
import { quantizeColumns } from '../int8-linear/quantize.ts';
import { crossEntropy, scoreTokens, tokenLogProbabilities } from './index.ts';

const width = 3;
const cases: KernelCase[] = [];
for (const [n, vocabulary, chunk, smoothing, withBias, unweighted] of [
  [1, 1, undefined, 0, false, 0],
  [5, 7, 2, 0, false, 0],
  [5, 7, 5, 0.1, true, 0],
  [3, 11, 1, 0.3, false, 0],
  [7, 5, 3, 0.1, true, 2],
  [7, 5, 3, 0, true, 5],
  [4, 5, 2, 0, true, 4],
] as const) {
  const targets = Array.from({ length: n }, (_, i) => (i * 5 + 2) % vocabulary);
  const weights = {
    ...numbers([n], 5),
    data: Float32Array.from({ length: n }, (_, i) => (i < n - unweighted ? i / 2 + 0.5 : 0)),
  };
  cases.push({
    name: `crossEntropy of ${n} positions, vocabulary ${vocabulary}, smoothing ${smoothing}, the last ${unweighted} without weight`,
    inputs: {
      hidden: numbers([n, width], 1, 2),
      weight: numbers([vocabulary, width], 2),
      ...(withBias ? { bias: numbers([vocabulary], 3) } : {}),
    },
    constants: { targets: integers([n], targets), weights },
    run: ({ hidden, weight, bias, targets, weights }) =>
      crossEntropy({
        hidden: hidden!,
        weight: weight!,
        bias,
        targets: targets!,
        weights: weights!,
        chunk,
        labelSmoothing: smoothing,
      }).loss,
    composed: ({ hidden, weight, bias, targets, weights }) => {
      const product = tf.matMul(hidden!, tf.transpose(weight!));
      const logProbabilities = tf.logSoftmax(bias ? tf.add(product, bias) : product);
      const wanted = tf.add(
        tf.mul(
          tf.equal(tf.expandDims(targets!, 1), tf.range(0, vocabulary, 1, 'int32')),
          1 - smoothing,
        ),
        smoothing / vocabulary,
      );
      return tf.neg(tf.sum(tf.mul(tf.sum(tf.mul(logProbabilities, wanted), -1), weights!)));
    },
  });
}
const heads: [string, { scale?: number; softCap?: number; labelSmoothing?: number }][] = [
  ['a scale', { scale: 0.4 }],
  ['a soft cap', { softCap: 1.5 }],
  ['a scale, a soft cap and smoothing', { scale: 1.7, softCap: 2, labelSmoothing: 0.2 }],
];
for (const [label, options] of heads) {
  for (const withBias of [false, true]) {
    const { scale = 1, softCap, labelSmoothing = 0 } = options;
    cases.push({
      name: `crossEntropy with ${label}${withBias ? ' and a bias' : ''}`,
      inputs: {
        hidden: numbers([5, width], 1, 2),
        weight: numbers([7, width], 2),
        ...(withBias ? { bias: numbers([7], 3) } : {}),
      },
      constants: {
        targets: integers([5], [2, 0, 5, 2, 6]),
        weights: { ...numbers([5], 5), data: Float32Array.from([1, 0.5, 2, 1, 0]) },
      },
      run: ({ hidden, weight, bias, targets, weights }) =>
        crossEntropy({ hidden: hidden!, weight: weight!, bias, targets: targets!, weights: weights!, chunk: 2, ...options }).loss, // prettier-ignore
      composed: ({ hidden, weight, bias, targets, weights }) => {
        const product = tf.matMul(hidden!, tf.transpose(weight!));
        const scaled = tf.mul(bias ? tf.add(product, bias) : product, scale);
        const capped = softCap ? tf.mul(tf.tanh(tf.div(scaled, softCap)), softCap) : scaled;
        const isTarget = tf.equal(tf.expandDims(targets!, 1), tf.range(0, 7, 1, 'int32'));
        const wanted = tf.add(tf.mul(isTarget, 1 - labelSmoothing), labelSmoothing / 7);
        const each = tf.sum(tf.mul(tf.logSoftmax(capped), wanted), -1);
        return tf.neg(tf.sum(tf.mul(each, weights!)));
      },
    });
  }
}
cases.push({
  name: 'scoreTokens with a scale and a soft cap',
  inputs: {},
  constants: {
    hidden: numbers([5, width], 1, 2),
    weight: numbers([7, width], 2),
    targets: integers([5], [2, 0, 5, 2, 6]),
  },
  run: ({ hidden, weight, targets }) =>
    tokenLogProbabilities({ hidden: hidden!, weight: weight!, targets: targets!, scale: 3, softCap: 2, chunk: 2 }), // prettier-ignore
  composed: ({ hidden, weight, targets }) => {
    const scaled = tf.mul(tf.matMul(hidden!, tf.transpose(weight!)), 3);
    const logProbabilities = tf.logSoftmax(tf.mul(tf.tanh(tf.div(scaled, 2)), 2));
    const isTarget = tf.equal(tf.expandDims(targets!, 1), tf.range(0, 7, 1, 'int32'));
    return tf.sum(tf.mul(logProbabilities, isTarget), -1);
  },
});
testKernel(cases);

const hidden = {
  shape: [3, 2],
  dtype: 'float32',
  data: Float32Array.from([1, 0, 0, 1, 1, 1]),
} as const;
const weight = {
  shape: [3, 2],
  dtype: 'float32',
  data: Float32Array.from([2, 0, 0, 2, -1, -1]),
} as const;

for (const name of DEVICES) {
  test(`on ${name} correct counts the positions with weight whose target is the most likely token`, async () => {
    const device = await openDevice(name);
    const f = device.jit('loss', ({ hidden, weight, targets, weights }) => ({
      correct: crossEntropy({
        hidden: hidden!,
        weight: weight!,
        targets: targets!,
        weights: weights!,
      }).correct,
    }));
    const count = async (targets: number[], weights: number[]) => {
      const data = Float32Array.from(weights);
      const out = await f({
        hidden,
        weight,
        targets: integers([3], targets),
        weights: { shape: [3], dtype: 'float32', data },
      });
      return (await device.read(out['correct']!)).data[0];
    };
    expect(await count([0, 1, 2], [1, 1, 1])).toBe(2);
    expect(await count([0, 2, 2], [0.5, 1, 1])).toBe(1);
    expect(await count([0, -100, 2], [1, 0, 1])).toBe(1);
    await device.close();
  });

  test(`on ${name} token log-probabilities equal the log-softmax at the target`, async () => {
    const device = await openDevice(name);
    const f = device.jit('score', ({ hidden, weight, targets }) => {
      const inputs = { hidden: hidden!, weight: weight!, targets: targets!, chunk: 2 };
      return { p: tokenLogProbabilities(inputs), greedy: scoreTokens(inputs).greedy };
    });
    const out = await f({ hidden, weight, targets: integers([3], [0, 2, 1]) });
    const wanted = [
      2 - Math.log(Math.exp(2) + 1 + Math.exp(-1)),
      -1 - Math.log(Math.exp(2) + 1 + Math.exp(-1)),
      2 - Math.log(2 * Math.exp(2) + Math.exp(-2)),
    ];
    const { data } = await device.read(out['p']!);
    wanted.forEach((value, i) => expect(data[i]).toBeCloseTo(value, 5));
    expect((await device.read(out['greedy']!)).data[0]).toBe(1);
    expect((await device.read(out['greedy']!)).data[1]).toBe(0);
    await device.close();
  });
}

test('refuses a smoothing of 1', () => {
  const inputs = {
    hidden: tf.zeros([1, 2]),
    weight: tf.zeros([3, 2]),
    targets: tf.zeros([1], 'int32'),
  };
  expect(() => crossEntropy({ ...inputs, weights: tf.ones([1]), labelSmoothing: 1 })).toThrow(
    /labelSmoothing is 1/,
  );
});

test('no positions: loss and count are 0', () => {
  const none = {
    hidden: tf.zeros([0, 2]),
    weight: tf.zeros([3, 2]),
    targets: tf.tensor([], [0], 'int32'),
  };
  const { loss, correct } = crossEntropy({ ...none, weights: tf.zeros([0]) });
  expect([loss.dataSync()[0], correct.dataSync()[0]]).toEqual([0, 0]);
});

for (const name of DEVICES) {
  test(`logits of a weight in integers, gradients of the weight itself, on ${name}`, async () => {
    const [n, vocabulary] = [7, 12];
    const weight = numbers([vocabulary, 16], 2);
    const quantized = quantizeColumns(weight.data as Float32Array, [16, vocabulary], {
      largest: 127,
      transposed: true,
    });
    const weights = { ...numbers([n], 5), data: Float32Array.of(1, 2, 0.5, 1, 1, 0, 0) };
    const targets = integers([n], [3, 0, 11, 5, 5, 0, 0]);
    const feeds = {
      hidden: numbers([n, 16], 1, 2),
      weight,
      weights,
      targets,
      bytes: { dtype: 'int8', shape: [16, vocabulary], data: quantized.integers },
      scale: { dtype: 'float32', shape: [vocabulary], data: quantized.scale },
    } as const;
    const device = await openDevice(name);
    const run = device.jit('loss', (tensors) => {
      const { hidden, ...rest } = tensors;
      const { weight, targets, weights } = rest as Record<
        'weight' | 'targets' | 'weights',
        tf.Tensor
      >;
      const loss = (h: tf.Tensor, integers?: Int8Matrix) =>
        crossEntropy({ hidden: h, weight, targets, weights, integers, chunk: 4 }).loss;
      const matrix = { integers: rest['bytes']!, scale: rest['scale']! };
      const of = (integers?: Int8Matrix) =>
        valueAndGradients(({ h }) => ({ loss: loss(h!, integers) }), { h: hidden! });
      const [exact, rounded] = [of(), of(matrix)];
      const scored = scoreTokens({ hidden: hidden!, weight, targets, integers: matrix, chunk: 3 });
      const nll = tf.neg(tf.sum(tf.mul(scored.logProbabilities, weights)));
      return {
        exact: exact.outputs.loss,
        rounded: rounded.outputs.loss,
        scored: nll,
        away: tf.norm(tf.sub(exact.gradients['h']!, rounded.gradients['h']!)),
        size: tf.norm(exact.gradients['h']!),
      };
    });
    const outputs = await run(feeds);
    const value = async (of: string) => (await device.read(outputs[of]!)).data[0]!;
    const [exact, rounded, scored] = [
      await value('exact'),
      await value('rounded'),
      await value('scored'),
    ];
    const [away, size] = [await value('away'), await value('size')];
    await device.close();
    expect(rounded).not.toBe(exact);
    expect(Math.abs(rounded / exact - 1)).toBeLessThan(0.01);
    expect(Math.abs(scored / rounded - 1)).toBeLessThan(1e-5);
    expect(away).toBeGreaterThan(0);
    expect(away / size).toBeLessThan(0.02);
  });
}
