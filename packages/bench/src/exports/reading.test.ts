import { expect, test } from 'vitest';
import { readingOf, readingTable } from './reading.ts';

const own = [
  { tokens: [5, 6, 7, 8], logits: [0.5, 1] },
  { tokens: [1, 2, 3, 4], logits: [2, 0] },
];

test('counts prompts with the same tokens, and tokens before the first that differs', () => {
  const theirs = [{ tokens: [5, 6, 7, 8] }, { tokens: [1, 9, 3, 4] }];
  expect(readingOf('llama.cpp', own, theirs)).toEqual({
    reader: 'llama.cpp',
    prompts: 2,
    same: 1,
    agreed: 5 / 8,
  });
});

test('gives the largest difference of a logit where there are logits', () => {
  const theirs = [own[0]!, { tokens: [1, 2, 3, 4], logits: [2, 0.25] }];
  expect(readingOf('transformers', own, theirs).worstLogit).toBe(0.25);
  expect(readingTable([readingOf('transformers', own, theirs)]).split('\n')[2]).toBe(
    '| transformers | 2 of 2 | 100.0 % | 2.5e-1 |',
  );
});
