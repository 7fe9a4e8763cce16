import { describe, expect, test } from 'vitest';
import { cutExample, exchangesOf, type Cut, type Kept } from './cut.ts';

/** Two questions of three tokens with answers of two, and a token after them. */
const labels = Int32Array.from([-100, -100, -100, 4, 5, -100, -100, -100, 9, 10, -100]);
const ids = Int32Array.from({ length: labels.length }, (_, i) => i + 1);
const kept = (cut: Cut, maximumLength: number, lastFirst = false): Kept =>
  cutExample({ ids, labels }, exchangesOf(labels), { cut, maximumLength, lastFirst });

test('labels tell questions from answers', () => {
  expect(exchangesOf(labels)).toEqual([
    { read: 3, answer: 2 },
    { read: 3, answer: 2 },
    { read: 1, answer: 0 },
  ]);
});

describe('an example of eleven tokens cut', () => {
  test('at its end', () => {
    const { ids: left, truncated, answersLost } = kept('end', 8);
    expect([...left]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect({ truncated, answersLost }).toEqual({ truncated: 3, answersLost: 1 });
  });
  test('at its start', () => {
    const { ids: left, answersLost } = kept('start', 7);
    expect([...left]).toEqual([5, 6, 7, 8, 9, 10, 11]);
    expect(answersLost).toBe(0);
  });
  test('after the last answer that fits whole', () => {
    expect([...kept('turns', 9).ids]).toEqual([1, 2, 3, 4, 5]);
    expect([...kept('turns', 10).ids]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(kept('turns', 4)).toMatchObject({ truncated: 11, answersLost: 2 });
  });
  test('in shares, the first exchange or the last one first', () => {
    expect([...kept('proportional', 8).ids]).toEqual([1, 2, 3, 4, 5, 6, 7, 9]);
    expect([...kept('proportional', 7, true).ids]).toEqual([1, 6, 7, 8, 9, 10, 11]);
  });
  test('nowhere, where it fits', () => {
    expect(kept('turns', 11)).toMatchObject({ truncated: 0, answersLost: 0 });
  });
});
