import { permutation } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { createKeySet } from './key-set.ts';

test.each([2, 4])('keys of %i numbers are new once, however many there are', (words) => {
  const keys = createKeySet(words);
  const numbers = Array.from(permutation(2000, 7, 'keys'), (n) => n + 2);
  // Many share all numbers but one, and all begin in one part.
  const key = (n: number) =>
    Array.from({ length: words }, (_, word) => (word === n % words ? n : 0));
  expect(numbers.every((n) => keys.add(key(n)))).toBe(true);
  expect(numbers.some((n) => keys.add(key(n)))).toBe(false);
  for (const one of [0, -1]) {
    const same = Array.from({ length: words }, () => one);
    expect([keys.add(same), keys.add(same)]).toEqual([true, false]);
  }
});
