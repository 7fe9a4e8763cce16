import { expect, test } from 'vitest';
import { tf, valueAndGradients } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import type { TensorMap } from '@tunesmith/runtime';
import { linear, loraLinear, dropout, swiglu } from '../index.ts';
import { DEVICES, integers, numbers, testKernel } from '../test-support/kernel-cases.ts';
import { experts, loadBalancingLoss, route } from './index.ts';

const [rows, width, inner, count] = [5, 4, 3, 4];

/** Far enough apart that a step of a finite difference changes no choice; no row goes to the last expert. */
const logits = {
  shape: [rows, count],
  dtype: 'float32' as const,
  data: Float32Array.from([1, 0.3, -0.4, -2, -0.5, 0.8, 0.1, -3, 0.2, -0.6, 1.1, -2, 0.9, -1, 0.2, -2, 0.4, 1.5, -0.8, -2]), // prettier-ignore
};
const weightsOf = (expert: number, salt: number) => ({
  [`gate${expert}`]: numbers([inner, width], salt),
  [`up${expert}`]: numbers([inner, width], salt + 1),
  [`down${expert}`]: numbers([width, inner], salt + 2),
});
const parameters = Object.assign(
  {},
  ...Array.from({ length: count }, (_, expert) => weightsOf(expert, 10 * expert)),
) as ReturnType<typeof weightsOf>;

const feedForward = (tensors: TensorMap) => (expert: number, x: tf.Tensor) => {
  const map = (name: string, input: tf.Tensor) =>
    linear(input, tensors[`${name}${expert}`]!, { layout: 'out_in' });
  return map('down', swiglu(map('gate', x), map('up', x)));
};

/** The weights of the two largest logits, from the softmax of all. */
function twoLargest(logits: tf.Tensor, normalized: boolean): tf.Tensor {
  const p = tf.softmax(logits);
  const isChosen = Array.from({ length: rows }, (_, row) => {
    const own = Array.from(logitsData.slice(row * count, (row + 1) * count));
    const second = own.toSorted((a, b) => b - a)[1]!;
    return own.map((value) => (value >= second ? 1 : 0));
  });
  const kept = tf.mul(p, tf.tensor(isChosen));
  return normalized ? tf.div(kept, tf.sum(kept, -1, true)) : kept;
}
const logitsData = logits.data;

testKernel([
  ...[true, false].map((normalized) => ({
    name: `route to two experts, ${normalized ? 'normalized' : 'as the softmax says'}`,
    inputs: { logits },
    run: ({ logits }: TensorMap) => route(logits!, { perRow: 2, normalized }).weights,
    composed: ({ logits }: TensorMap) => twoLargest(logits!, normalized),
  })),
  {
    name: 'experts, one of them without rows',
    inputs: { x: numbers([rows, width], 5), logits, ...parameters },
    run: ({ x, logits, ...own }) =>
      experts(x!, route(logits!, { perRow: 2, normalized: true }), feedForward(own)),
    composed: ({ x, logits, ...own }) => {
      const weights = twoLargest(logits!, true);
      const outputs = Array.from({ length: count }, (_, expert) =>
        tf.mul(feedForward(own)(expert, x!), tf.slice(weights, [0, expert], [rows, 1])),
      );
      return tf.addN(outputs);
    },
  },
  {
    name: 'experts with biases, low-rank updates and dropout',
    inputs: {
      x: numbers([rows, width], 5),
      bias: numbers([width], 6),
      a: numbers([2, width], 7),
      b: numbers([width, 2], 8),
    },
    constants: { logits, seed: integers([], [3]), weight: numbers([width, width], 9) },
    run: ({ x, bias, a, b, logits, seed, weight }) =>
      experts(x!, route(logits!, { perRow: 1, normalized: false }), (expert, rows) => {
        const base = linear(rows, weight!, { layout: 'in_out', bias });
        const dropped = dropout(rows, 0.3, seed!, expert);
        return loraLinear(base, dropped, a!, b!, 2);
      }),
  },
  {
    name: 'loadBalancingLoss of two layers without padding',
    inputs: { logits, others: { ...logits, data: logits.data.toReversed() } },
    constants: { mask: integers([rows], [1, 1, 1, 0, 0]) },
    run: ({ logits, others, mask }) => {
      const decide = (logits: tf.Tensor) => {
        const { chosen } = route(logits, { perRow: 2, normalized: true });
        return { logits, chosen };
      };
      return loadBalancingLoss([decide(logits!), decide(others!)], mask);
    },
  },
]);

test('a compiled mixture computes nothing of rows that are sent elsewhere', async () => {
  const device = await openDevice('cpu');
  const x = numbers([rows, width], 5);
  const f = device.jit('experts', ({ x, logits }) => ({
    y: experts(x!, route(logits!, { perRow: 1, normalized: true }), (expert, rows) =>
      // Only the first expert sums over its rows: 1 for each of them in every element.
      expert === 0
        ? tf.add(tf.mul(rows, 0), tf.sum(tf.add(tf.mul(rows, 0), 1), 0, true))
        : tf.mul(rows, 0),
    ),
  }));
  const { y } = await f({ x, logits });
  const { data } = await device.read(y!);
  // Rows 0 and 3 have their largest logit at the first expert.
  expect(Array.from({ length: rows }, (_, row) => data[row * width])).toEqual([2, 0, 0, 2, 0]);
  await device.close();
});

for (const name of DEVICES) {
  test(`on ${name} an expert without rows gets gradients of zeros`, async () => {
    const device = await openDevice(name);
    const step = device.jit('step', ({ x, logits, ...own }) => {
      const { gradients } = valueAndGradients((p) => {
        const routing = route(logits!, { perRow: 2, normalized: true });
        const y = experts(x!, routing, feedForward(p));
        return { loss: tf.sum<tf.Scalar>(y) };
      }, own);
      return { of0: gradients['gate0']!, of3: gradients['gate3']! };
    });
    const out = await step({ x: numbers([rows, width], 5), logits, ...parameters });
    const { data } = await device.read(out['of3']!);
    expect(data.every((value) => value === 0)).toBe(true);
    expect((await device.read(out['of0']!)).data.some((value) => value !== 0)).toBe(true);
    await device.close();
  });
}

test('balanced routers cost the number of experts of each row', async () => {
  const device = await openDevice('tfjs-cpu');
  const f = device.jit('loss', ({ logits }) => ({
    loss: loadBalancingLoss([{ logits: logits!, ...route(logits!, { perRow: 2, normalized: true }) }]), // prettier-ignore
  }));
  // Four rows, each with the highest logits at its own number and the next, all in turn.
  const turned = [3, 2, 0, 0, 0, 3, 2, 0, 0, 0, 3, 2, 2, 0, 0, 3];
  const { loss } = await f({
    logits: { shape: [4, 4], dtype: 'float32', data: Float32Array.from(turned) },
  });
  expect((await device.read(loss!)).data[0]).toBeCloseTo(2, 5);
  await device.close();
});

test('refuses more experts a row than there are', () => {
  expect(() => route(tf.zeros([2, 3]), { perRow: 4, normalized: true })).toThrow(
    /perRow is 4; accepted: an integer from 1 to the number of experts, 3/,
  );
});

test('refuses an expert that does not give a row for each row', () => {
  const routing = route(tf.zeros([2, 3]), { perRow: 1, normalized: true });
  expect(() => experts(tf.zeros([2, 4]), routing, () => tf.zeros([1, 4]))).toThrow(
    /shape of what expert 0 returned is \[1,4\]; accepted: \[2, out\]/,
  );
});
