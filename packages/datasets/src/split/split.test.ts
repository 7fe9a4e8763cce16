import { expect, test } from 'vitest';
import { splitOf } from './split.ts';

const shares = { train: 0.8, validation: 0.1, heldout: 0.1 };
const keys = Array.from({ length: 5000 }, (_, index) => `lemma ${index}`);

test('splits have the sizes asked for', () => {
  const count = (name: string) => keys.filter((key) => splitOf(key, shares) === name).length;
  expect(Math.abs(count('train') - 4000)).toBeLessThan(150);
  expect(Math.abs(count('heldout') - 500)).toBeLessThan(110);
});

test('a key never moves as data grows; a salt moves it', () => {
  const assigned = keys.map((key) => splitOf(key, shares));
  expect(
    keys
      .toReversed()
      .map((key) => splitOf(key, shares))
      .toReversed(),
  ).toEqual(assigned);
  expect(keys.map((key) => splitOf(key, shares, 'other'))).not.toEqual(assigned);
});

test('a larger held-out share only takes keys in', () => {
  const small = keys.filter((key) => splitOf(key, { heldout: 0.1, train: 0.9 }) === 'heldout');
  expect(small.every((key) => splitOf(key, { heldout: 0.2, train: 0.8 }) === 'heldout')).toBe(true);
});

test.each([{ train: 0.5 }, { train: 1.5, heldout: -0.5 }, { train: Number.NaN }])(
  '%j is refused',
  (bad) => {
    expect(() => splitOf('a', bad)).toThrow(/accepted: shares of at least 0 that sum to 1/);
  },
);
