import { expect, test } from 'vitest';
import { extentOf } from './lengths.ts';

const lengths = [
  { batch: 2, tokens: 7 },
  { batch: 6, tokens: 5 },
  { batch: 10, tokens: 11 },
];

test('a number that never changes hangs on no length', () => {
  expect(extentOf([64, 64, 64], lengths)).toEqual({ factor: 64, axes: [] });
});

test('a number is a multiple of a product of lengths', () => {
  expect(extentOf([7, 5, 11], lengths)).toEqual({ factor: 1, axes: ['tokens'] });
  expect(extentOf([42, 90, 330], lengths)).toEqual({ factor: 3, axes: ['batch', 'tokens'] });
});

test('a length may count twice, as that of a text that sees itself', () => {
  expect(extentOf([98, 150, 1210], lengths)).toEqual({
    factor: 1,
    axes: ['batch', 'tokens', 'tokens'],
  });
});

test('what no product explains, or two do, is unknown', () => {
  expect(extentOf([8, 6, 12], lengths)).toBeUndefined();
  expect(
    extentOf(
      [4, 2],
      [
        { a: 4, b: 2 },
        { a: 2, b: 1 },
      ],
    ),
  ).toBeUndefined();
});
