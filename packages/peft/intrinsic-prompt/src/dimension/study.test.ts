import { expect, it } from 'vitest';
import { smallestDimension } from './study.ts';

const attempts = [
  { dimensions: 400, score: 0.79 },
  { dimensions: 100, score: 0.7 },
  { dimensions: 200, score: 0.73 },
];

it('is the smallest d that reaches nine tenths of full fine-tuning', () => {
  expect(smallestDimension({ full: 0.8, attempts })).toBe(200);
});

it('may be of another share, and not among the attempts', () => {
  expect(smallestDimension({ full: 0.8, attempts, share: 0.98 })).toBe(400);
  expect(smallestDimension({ full: 0.9, attempts, share: 1 })).toBeUndefined();
});

it('is refused of scores that have no share', () => {
  expect(() => smallestDimension({ full: -1.2, attempts })).toThrow(
    'the score -1.2 has no share that could be reached',
  );
});
