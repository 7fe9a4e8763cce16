import type { DataRecord } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { binLengths, describeLengths } from './lengths.ts';
import { collectStatistics } from './statistics.ts';

test('counts kinds, lengths, tasks, duplicates and empty fields', async () => {
  const records: DataRecord[] = [
    {
      id: '1',
      instruction: 'Name a color',
      output: 'Blue',
      meta: { task: 'color', cluster: 'names' },
    },
    {
      id: '2',
      instruction: 'Name a',
      input: 'color',
      output: 'Blue',
      meta: { task: 'color', cluster: 'names' },
    },
    { id: '3', instruction: 'Name a color', output: 'Blue', meta: { task: 'other' } },
    { id: '4', instruction: 'Wait', output: '  ' },
    {
      id: '5',
      messages: [
        { role: 'user', content: 'Hi you' },
        { role: 'assistant', content: 'Hello' },
      ],
    },
    { id: '6', input_ids: [1, 2, 3], labels: [-100, 2, 3] },
  ];
  const statistics = await collectStatistics(records);
  expect(statistics).toMatchObject({
    records: 6,
    kinds: { instance: 4, conversation: 1, tokenized: 1 },
    tasks: { '(none)': 3, color: 2, other: 1 },
    clusters: { '(none)': 4, names: 2 },
    duplicates: { exact: 1, normalized: 2 },
    empty: { prompt: 0, input: 3, answer: 1 },
  });
  expect(statistics.prompt.words).toMatchObject({
    count: 5,
    total: 3 + 3 + 3 + 1 + 2,
    minimum: 1,
    median: 3,
    maximum: 3,
  });
  expect(statistics.answer.characters).toMatchObject({ count: 5, total: 4 + 4 + 4 + 2 + 5 });
  expect([statistics.tokens.total, statistics.supervisedTokens.total]).toEqual([3, 2]);
});

test('percentiles are lengths that occur', () => {
  const lengths = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(describeLengths(lengths)).toEqual({
    count: 200,
    total: 20_100,
    mean: 100.5,
    minimum: 1,
    median: 100,
    percentile90: 180,
    percentile99: 198,
    maximum: 200,
  });
});

test('of nothing, everything is 0', async () => {
  expect(describeLengths([])).toEqual({
    count: 0,
    total: 0,
    mean: 0,
    minimum: 0,
    median: 0,
    percentile90: 0,
    percentile99: 0,
    maximum: 0,
  });
  expect((await collectStatistics([])).records).toBe(0);
});

test('lengths are counted by powers of two', () => {
  expect(binLengths([3, 2, 9, 3])).toEqual([
    { from: 2, to: 3, count: 3 },
    { from: 4, to: 7, count: 0 },
    { from: 8, to: 15, count: 1 },
  ]);
  expect(binLengths([0, 1])).toEqual([
    { from: 0, to: 0, count: 1 },
    { from: 1, to: 1, count: 1 },
  ]);
  expect(binLengths([])).toEqual([]);
});

test('licenses are counted', async () => {
  const record = (id: string, license?: string): DataRecord => ({
    id,
    instruction: id,
    output: 'x',
    ...(license === undefined ? {} : { meta: { license } }),
  });
  const { licenses } = await collectStatistics([
    record('a', 'MIT'),
    record('b', 'MIT'),
    record('c'),
  ]);
  expect(licenses).toEqual({ MIT: 2, '(none)': 1 });
});

test('answers that are not learned are no empty answers', async () => {
  const asked = { role: 'user', content: 'Hi' } as const;
  const answered = (id: string, content: string, train: boolean): DataRecord => ({
    id,
    messages: [asked, { role: 'assistant', content, train }],
  });
  const records = [
    answered('learned', 'Hello', true),
    answered('of weight 0', 'Good day', false),
    answered('empty', ' ', true),
    { id: 'unanswered', messages: [asked] },
  ];
  const { unlearned, empty, answer } = await collectStatistics(records);
  expect({ unlearned, empty: empty.answer, answers: answer.words.count }).toEqual({
    unlearned: 1,
    empty: 2,
    answers: 3,
  });
});
