import type { DataRecord } from '@tunesmith/schema';
import { testDataFilter } from '@tunesmith/testing';
import { expect, test } from 'vitest';
import { chooseBanding } from './bands.ts';
import golden from './near-duplicates.golden.json' with { type: 'json' };
import { nearDuplicates } from './near-duplicates.ts';
import { createNearIndex, type NearOptions } from './near-index.ts';
import { jaccard, shinglesOf } from './shingles.ts';

const options: NearOptions = {
  threshold: golden.threshold,
  permutations: 256,
  unit: 'word',
  size: 5,
  verify: true,
  seed: 0,
};

const groupsOf = (texts: readonly string[], more: Partial<NearOptions> = {}): number[] => {
  const index = createNearIndex({ ...options, ...more });
  for (const text of texts) index.add(text);
  return [...index.groups()];
};

test.each(['word', 'character'] as const)(
  'by %s, groups are those of all pairs in Python',
  (unit) => {
    for (const seed of [0, 1, 2])
      expect(groupsOf(golden.texts, { unit, seed })).toEqual(golden.groups[unit]);
  },
);

test('bandings are those of datasketch', () => {
  for (const [threshold, permutations, miss, bands, rows] of golden.bandings as number[][])
    expect(chooseBanding(threshold!, permutations!, miss)).toEqual({ bands, rows });
});

test('without comparison, what shares a band is one group', () => {
  const words = Array.from({ length: 100 }, (_, index) => `w${index}`);
  const texts = [words.join(' '), [...words.slice(0, 99), 'other'].join(' '), 'something else'];
  expect(groupsOf(texts, { verify: false })).toEqual([0, 0, 2]);
});

test('the share of common shingles is counted on sets', () => {
  const shingles = (text: string) => shinglesOf(text, 'word', 2);
  expect(shingles('a b a b')).toHaveLength(2);
  expect(jaccard(shingles('a b c d'), shingles('a b c e'))).toBe(2 / 4);
  expect(jaccard(shingles('a'), shingles('a'))).toBe(1);
  expect(jaccard(shingles(''), shingles(''))).toBe(0);
  expect(
    jaccard(shinglesOf('犬と猫と鳥', 'character', 2), shinglesOf('犬と猫と魚', 'character', 2)),
  ).toBe(3 / 5);
});

test('a text that brings two groups together joins them under the earlier', () => {
  const [a, b] = [range(0, 40), range(20, 60)];
  const index = createNearIndex({ ...options, threshold: 0.4, unit: 'word', size: 1 });
  const findings = [a, b, range(8, 52)].map((text) => index.add(text));
  expect(findings.map(({ first }) => first)).toEqual([0, 1, 0]);
  expect(findings[2]!.joined).toBe(2);
  expect([...index.groups()]).toEqual([0, 0, 0]);
});

function range(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => `w${from + index}`).join(' ');
}

const say = (id: string, output: string): DataRecord => ({ id, instruction: 'Tell', output });
const story = 'once there was a fox who lived by the river and did not like to swim at all';
const records = [
  say('1', story),
  say('2', 'something else entirely that nobody has written here before today'),
  say('3', `Once there was a fox, who lived by the river; and did not like to swim at ALL!`),
  say('4', `${story} ever`),
];

testDataFilter(nearDuplicates, {
  cases: [
    { records, kept: ['1', '2'], reasons: ['near-duplicate'] },
    { options: { threshold: 1 }, records, kept: ['1', '2', '4'] },
    { options: { of: 'prompt' }, records, kept: ['1'] },
    { options: { unit: 'character', verify: false }, records, kept: ['1', '2'] },
  ],
  refused: [
    { options: { threshold: 0 }, message: 'threshold' },
    { options: { unit: 'byte' }, message: 'unit' },
  ],
});
