import { expect, test } from 'vitest';
import { ratiosOf, type GenerationSide } from './compare.ts';
import { generationJobs } from './jobs.ts';

const side = (name: string, seconds: Record<string, number>): GenerationSide => ({
  side: name,
  loadSeconds: 1,
  loadedMemory: 1,
  peakMemory: 1,
  seconds,
});

test('ratios are their seconds over ours, and those of one prompt over an eighth of those of eight', () => {
  const found = ratiosOf([
    side('ours float32', { decode: 2, 'decode 8': 4, prefill: 1, score: 3 }),
    side('transformers float32', { decode: 3, 'decode 8': 9, prefill: 2, score: 9 }),
  ]);
  expect(found.map(({ ratio }) => ratio)).toEqual([1.5, 4, 2, 3]);
});

test('what was not measured has no ratio', () => {
  expect(ratiosOf([side('ours q8_0', { decode: 1 })])).toEqual([]);
});

test('the jobs are the same tokens in every run: one prompt, eight that differ, and continuations of unequal lengths', () => {
  const { decode, score, 'decode 8': eight } = generationJobs(5);
  expect(generationJobs(5)['decode']).toEqual(decode);
  expect(new Set(eight!.prompts.map(String)).size).toBe(8);
  expect(score!.continuations).toHaveLength(score!.prompts.length);
  expect(new Set(score!.continuations!.map(({ length }) => length)).size).toBeGreaterThan(5);
});
