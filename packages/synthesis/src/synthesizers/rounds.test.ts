import { expect, test } from 'vitest';
import { rounds } from './rounds.ts';

test('rounds go on until it is done', () => {
  let made = 0;
  const numbers: number[] = [];
  for (const round of rounds({ done: () => made >= 5, progress: () => made, patience: 1 })) {
    numbers.push(round);
    made += 2;
  }
  expect(numbers).toEqual([0, 1, 2]);
});

test('rounds that bring nothing new end it only in a row', () => {
  const brought = [0, 0, 1, 0, 0, 0, 1];
  let made = 0;
  const numbers: number[] = [];
  for (const round of rounds({ done: () => false, progress: () => made, patience: 3 })) {
    numbers.push(round);
    made += brought[round]!;
  }
  expect(numbers).toEqual([0, 1, 2, 3, 4, 5]);
});
