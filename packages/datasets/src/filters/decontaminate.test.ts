import type { DataRecord } from '@tunesmith/schema';
import { testDataFilter } from '@tunesmith/testing';
import { expect, test } from 'vitest';
import { createReport } from '../report/data-report.ts';
import { applyFilters } from './apply-filters.ts';
import { decontaminate } from './decontaminate.ts';

const measured = 'a b c d e f g h i j k l m n o p';
const say = (id: string, output: string): DataRecord => ({ id, instruction: 'Tell', output });
const records = [
  say('thirteen', 'x y B, c; d e f g h i j k l m n z'),
  say('twelve', 'x b c d e f g h i j k l m z'),
  say('short', 'so this is ITS short answer, yes'),
  say('other', 'nothing of it'),
];
const heldOut: DataRecord[] = [say('held', measured), say('held short', 'Its short answer: yes')];

testDataFilter(decontaminate, {
  context: {
    heldOut,
    readRecords: async function* () {
      yield say('of a file', 'nothing of it at all');
    },
  },
  cases: [
    {
      records,
      kept: ['twelve', 'short', 'other'],
      reasons: ['shares a run of words with held-out data'],
    },
    { options: { size: 12 }, records, kept: ['short', 'other'] },
    // Thirteen of the seventeen words, prompt included.
    { options: { share: 13 / 17 }, records, kept: ['twelve', 'short', 'other'] },
    { options: { share: 14 / 17 }, records, kept: ['thirteen', 'twelve', 'short', 'other'] },
    {
      options: { size: 3, held_out: false, against: ['test.jsonl'] },
      records,
      kept: ['thirteen', 'twelve', 'short'],
    },
  ],
  refused: [{ options: { size: 0 }, message: 'size' }],
});

test('a held-out text of five words or more is found whole', async () => {
  const report = createReport();
  const held = [say('h', 'five words make a text')];
  const rows = [say('1', 'well: five words make a TEXT'), say('2', 'five words')];
  const context = { heldOut: held };
  const kept: string[] = [];
  for await (const { id } of applyFilters(rows, [decontaminate], { report, context }))
    kept.push(id);
  expect(kept).toEqual(['2']);
});

test('nothing to compare with is an error, and not a filter that keeps everything', async () => {
  const kept = applyFilters(records, [decontaminate], { report: createReport() });
  await expect(kept.next()).rejects.toThrow('there is nothing to compare with');
});
