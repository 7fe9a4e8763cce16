import { expect, test } from 'vitest';
import { tf } from '@tunesmith/runtime';
import { integers, numbers, testKernel } from '../test-support/kernel-cases.ts';
import { alibiBias, alibiSlopes, relativeBucket, relativePositionBias } from './index.ts';

test('slopes of a power of two heads halve evenly', () => {
  expect(Array.from(alibiSlopes(8))).toEqual([1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]); // prettier-ignore
});

test('other numbers of heads take every other slope of the next power', () => {
  const slopes = Array.from(alibiSlopes(6), (slope) => Math.log2(slope));
  [-2, -4, -6, -8, -1, -3].forEach((power, head) => expect(slopes[head]).toBeCloseTo(power, 5));
});

test('buckets are single distances first, then ranges', () => {
  const options = { buckets: 8, maximumDistance: 16, bidirectional: false };
  const before = [0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 100];
  expect(before.map((distance) => relativeBucket(-distance, options))).toEqual([0, 1, 2, 3, 4, 4, 5, 6, 6, 7, 7]); // prettier-ignore
  expect(relativeBucket(5, options)).toBe(0);
  expect(relativeBucket(2, { ...options, bidirectional: true })).toBe(4 + 2);
});

// Row by row: positions start anew in the second segment of a packed row.
const positions = {
  query: integers([2, 3], [0, 1, 2, 0, 1, 0]),
  key: integers([2, 4], [0, 1, 2, 9, 3, 0, 1, 0]),
};

testKernel([
  ...[true, false].map((bidirectional) => ({
    name: `relativePositionBias ${bidirectional ? 'in both directions' : 'to what is before'}`,
    inputs: { table: numbers([8, 3], 1) },
    constants: positions,
    run: ({ table, query, key }: Record<string, tf.Tensor>) =>
      relativePositionBias(
        table!,
        { query: query!, key: key! },
        { bidirectional, maximumDistance: 7 },
      ),
    composed: ({ table }: Record<string, tf.Tensor>) => {
      const ids = [0, 1].flatMap((row) =>
        Array.from(positions.query.data.slice(3 * row, 3 * row + 3)).flatMap((query) =>
          Array.from(positions.key.data.slice(4 * row, 4 * row + 4), (key) =>
            relativeBucket(key - query, { buckets: 8, bidirectional, maximumDistance: 7 }),
          ),
        ),
      );
      const rows = tf.reshape(tf.gather(table!, ids), [2, 3, 4, 3]);
      return tf.transpose(rows, [0, 3, 1, 2]);
    },
  })),
  {
    name: 'alibiBias',
    inputs: {},
    constants: { positions: positions.key },
    run: ({ positions }) => alibiBias(positions!, { heads: 4, scale: 0.5 }),
    composed: ({ positions }) =>
      tf.mul(
        tf.reshape(tf.cast(positions!, 'float32'), [2, 1, 1, 4]),
        tf.tensor([1 / 8, 1 / 32, 1 / 128, 1 / 512], [1, 4, 1, 1]),
      ),
  },
]);

test('refuses a table too small to tell distances apart', () => {
  const places = tf.zeros([1, 2], 'int32');
  expect(() =>
    relativePositionBias(
      tf.zeros([2, 3]),
      { query: places, key: places },
      { bidirectional: true, maximumDistance: 8 },
    ),
  ).toThrow(/rows of the table is 2; accepted: at least 4/);
});
