import { expect, test } from 'vitest';
import { epochOrder, rowOrder } from './order.ts';

test('an epoch uses every row once, in an order that the seed and the epoch decide', () => {
  const first = epochOrder(100, { seed: 3, epoch: 0, shuffle: true });
  expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(epochOrder(100, { seed: 3, epoch: 0, shuffle: true })).toEqual(first);
  expect(epochOrder(100, { seed: 3, epoch: 1, shuffle: true })).not.toEqual(first);
  expect(epochOrder(100, { seed: 4, epoch: 0, shuffle: true })).not.toEqual(first);
});

test('every row comes first about equally often', () => {
  const counts = [0, 0, 0, 0];
  for (let seed = 0; seed < 4000; seed++)
    counts[epochOrder(4, { seed, epoch: 0, shuffle: true })[0]!]!++;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
});

test('without shuffling rows come in file order, epoch after epoch', () => {
  const order = rowOrder(3, { seed: 0, shuffle: false });
  expect([0, 1, 2, 3, 4, 5, 6].map((position) => order.at(position))).toEqual([
    0, 1, 2, 0, 1, 2, 0,
  ]);
});

test('any position can be asked for without those before it', () => {
  const replayed = rowOrder(50, { seed: 9, shuffle: true });
  const positions = Array.from({ length: 160 }, (_, i) => i);
  const all = positions.map((position) => replayed.at(position));
  expect(rowOrder(50, { seed: 9, shuffle: true }).at(137)).toBe(all[137]);
});
