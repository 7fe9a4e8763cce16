import type { DataRecord } from '@tunesmith/schema';
import { testDataFilter } from '@tunesmith/testing';
import { expect, test } from 'vitest';
import { repetition } from './repetition.ts';
import { duplicateShare, repetitionShares, topShare } from './shares.ts';

test('lines and paragraphs that stood before, by number and by characters', () => {
  // Lines a, bb, a, cc: one of four, one of six characters. Paragraphs "a\nbb", "a", "cc": none.
  expect(repetitionShares('a\nbb\n\na\n\ncc')).toEqual({
    lines: 1 / 4,
    lineCharacters: 1 / 6,
    paragraphs: 0,
    paragraphCharacters: 0,
  });
  expect(repetitionShares('one\n \none\n\none').paragraphs).toBe(2 / 3);
  expect(repetitionShares('')).toEqual({
    lines: 0,
    lineCharacters: 0,
    paragraphs: 0,
    paragraphCharacters: 0,
  });
});

test('the most frequent run counts each time, repeated runs from the second on', () => {
  const words = 'ab cd ef ab cd'.split(' ');
  expect(topShare(words, 2)).toBe(8 / 10);
  expect(topShare(['ab', 'cd'], 2)).toBe(0);
  expect(duplicateShare(words, 2)).toBe(4 / 10);
  // The second and third "a a" overlap: words two to four, each once.
  expect(duplicateShare(['a', 'a', 'a', 'a'], 2)).toBe(3 / 4);
});

const say = (id: string, output: string): DataRecord => ({ id, instruction: 'Tell', output });
const words = Array.from({ length: 40 }, (_, index) => `word${index}`);
const records = [
  say('fine', words.join(' ')),
  say('lines', [...words.slice(0, 3), ...words].join(' x\n')),
  say('stuck', 'no no no no no no no no no no no no no no no no no no no no no'),
  say('again', [...words.slice(0, 12), ...words].join(' ')),
  say('short', 'no no no no'),
];

testDataFilter(repetition, {
  cases: [
    {
      records,
      kept: ['fine', 'lines', 'short'],
      reasons: ['one run of 2 words throughout', 'repeated runs of 5 words'],
    },
    { options: { lines: 0.05 }, records, kept: ['fine', 'short'] },
    { options: { of: 'prompt' }, records, kept: records.map(({ id }) => id) },
  ],
  refused: [{ options: { top_2: 2 }, message: 'top_2' }],
});
