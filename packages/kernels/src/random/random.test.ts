import { expect, test } from 'vitest';
import { tf } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { DEVICES, integers, numbers, testKernel } from '../test-support/kernel-cases.ts';
import { dropout, randomUniform } from './index.ts';

// The hash written once more, in Python with big integers: mix(mix(i) ^ mix(mix(seed) + 3)) >> 8.
const KNOWN_42 = [12476533, 14697712, 16364093, 1762028, 4161410];
const KNOWN_MINUS_1 = [3842362, 6982640, 12325169, 6512552, 15165360];

const seed = (value: number) => integers([], [value]);

for (const name of DEVICES) {
  test(`on ${name} the numbers are exactly those of every other device`, async () => {
    const device = await openDevice(name);
    const f = device.jit('uniform', ({ seed }) => ({ u: randomUniform([5], seed!, 3) }));
    const bits = async (value: number) => {
      const { data } = await device.read((await f({ seed: seed(value) }))['u']!);
      return Array.from(data, (u) => u * 2 ** 24);
    };
    expect(await bits(42)).toEqual(KNOWN_42);
    expect(await bits(-1)).toEqual(KNOWN_MINUS_1);
    await device.close();
  });

  test(`on ${name} the numbers are spread evenly and streams do not resemble each other`, async () => {
    const device = await openDevice(name);
    const f = device.jit('uniform', ({ seed }) => ({
      a: randomUniform([100, 101], seed!, 0),
      b: randomUniform([100, 101], seed!, 1),
    }));
    const out = await f({ seed: seed(7) });
    const a = (await device.read(out['a']!)).data;
    const b = (await device.read(out['b']!)).data;
    const n = a.length;
    const mean = (values: ArrayLike<number>) =>
      Array.from(values).reduce((sum, value) => sum + value, 0) / n;
    // Standard errors: mean 0.0029, variance 0.00074, correlation 0.01; allowed are about four of them.
    expect(Math.abs(mean(a) - 0.5)).toBeLessThan(0.012);
    expect(Math.abs(mean(Array.from(a, (u) => (u - 0.5) ** 2)) - 1 / 12)).toBeLessThan(0.003);
    expect(
      Math.abs(12 * mean(Array.from(a, (u, i) => (u - 0.5) * ((b[i] as number) - 0.5)))),
    ).toBeLessThan(0.04);
    expect(
      Math.abs(12 * mean(Array.from(a, (u, i) => (u - 0.5) * ((a[(i + 1) % n] as number) - 0.5)))),
    ).toBeLessThan(0.04);
    await device.close();
  });
}

testKernel([
  {
    name: 'dropout',
    inputs: { x: numbers([7, 5], 1) },
    constants: { seed: seed(3) },
    run: ({ x, seed }) => dropout(x!, 0.4, seed!, 9),
    composed: ({ x, seed }) =>
      tf.mul(
        x!,
        tf.div(tf.cast(tf.greaterEqual(randomUniform([7, 5], seed!, 9), 0.4), 'float32'), 0.6),
      ),
  },
]);

test('dropout of rate 0 is the input itself', () => {
  const x = tf.ones([3]);
  expect(dropout(x, 0, tf.scalar(1, 'int32'), 0)).toBe(x);
});

test('dropout of rate 1 is refused', () => {
  expect(() => dropout(tf.ones([3]), 1, tf.scalar(1, 'int32'), 0)).toThrow(
    /rate is 1; accepted: 0 ≤ rate < 1/,
  );
});
