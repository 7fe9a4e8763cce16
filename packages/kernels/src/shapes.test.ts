import { expect, test } from 'vitest';
import { tf } from '@tunesmith/runtime';
import { checkShape } from './shapes.ts';

test('names are bound on first use and must agree afterwards', () => {
  const dimensions = checkShape('kernel', 'x', tf.zeros([2, 3, 4]), ['...', 'width']);
  expect(dimensions).toEqual({ width: 4 });
  expect(() => checkShape('kernel', 'w', tf.zeros([5]), ['width'], dimensions)).toThrow(
    '[@tunesmith/kernels] kernel: w is [5]; accepted: [width = 4]',
  );
});

test('without leading dots the rank must agree', () => {
  expect(() => checkShape('kernel', 'x', tf.zeros([2, 3]), ['rows'])).toThrow(/x is \[2,3\]/);
  expect(() => checkShape('kernel', 'x', tf.zeros([2]), ['...', 'rows', 'width'])).toThrow(
    /x is \[2\]/,
  );
});
