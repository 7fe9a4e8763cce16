import { expect, it } from 'vitest';
import { bootstrapInterval } from './bootstrap.ts';
import { meanInterval } from './intervals.ts';

const values = Array.from({ length: 200 }, (_, index) => Math.sin(index * 12.9898) / 2 + 0.5);
const mean = (indices: Uint32Array) =>
  indices.reduce((sum, index) => sum + values[index]!, 0) / indices.length;

it('agrees with Student’s interval on the mean of many values', () => {
  const drawn = bootstrapInterval(values.length, mean);
  const exact = meanInterval(values, [0, 1]);
  expect(drawn.value).toBeCloseTo(exact.value, 12);
  expect(drawn.low).toBeCloseTo(exact.low, 2);
  expect(drawn.high).toBeCloseTo(exact.high, 2);
});

it('draws the same from the same seed, and otherwise from another', () => {
  const at = (seed: number) => bootstrapInterval(values.length, mean, { seed, resamples: 50 });
  expect(at(1)).toEqual(at(1));
  expect(at(1).low).not.toBe(at(2).low);
});

it('keeps pairs together, so a constant gain has no spread', () => {
  const before = [0.1, 0.9, 0.4];
  const after = before.map((value) => value + 0.25);
  const gain = (indices: Uint32Array) =>
    indices.reduce((sum, index) => sum + after[index]! - before[index]!, 0) / indices.length;
  const { low, high } = bootstrapInterval(3, gain);
  expect(low).toBeCloseTo(0.25, 12);
  expect(high).toBeCloseTo(0.25, 12);
});
