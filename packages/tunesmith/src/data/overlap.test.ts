import { createReport, findings } from '@tunesmith/datasets';
import type { DataRecord } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { withoutOverlap } from './overlap.ts';

const say = (id: string, instruction: string, output: string): DataRecord => ({
  id,
  instruction,
  output,
});

const talk: DataRecord = {
  id: 'talk',
  messages: [
    { role: 'user', content: 'Name a color' },
    { role: 'assistant', content: 'Blue' },
  ],
};

const train = [
  say('1', 'Name a color', 'Blue'),
  say('2', 'Name  a color\n', ' Blue '),
  talk,
  say('3', 'Name a fruit', 'Pear'),
  say('4', 'Count', 'One'),
];
const none = () => false;
const ids = (records: Iterable<DataRecord>) => Array.from(records, ({ id }) => id);

test('a held-out row leaves training, however it is spaced and in whatever format it stands', () => {
  const report = createReport();
  const held = new Map([['heldout', [say('h', 'Name a color', 'Blue'), say('i', 'Sum', '2')]]]);
  const found = withoutOverlap({ train, mayOverlap: none }, held, report);
  expect(ids(found.train)).toEqual(['3', '4']);
  expect(found.overlap).toEqual({ heldOut: 2, same: 1, samePrompt: 0, leftOut: 3, kept: 0 });
  expect(findings(report.report())).toEqual([
    {
      code: 'held-out-in-training-data',
      message:
        'training data against 2 held-out instances: 3 of 5 rows are left out: 3 × also held out (1, 2, talk)',
    },
    {
      code: 'held-out-in-training-data',
      message:
        'training data against 2 held-out instances: 1 × held-out instance that also stands in the training data (h)',
    },
  ]);
});

test('the same prompt with another answer is counted apart, and stays', () => {
  const report = createReport();
  const held = new Map([['heldout', [say('h', 'Name a fruit', 'Plum')]]]);
  const found = withoutOverlap({ train, mayOverlap: none }, held, report);
  expect(found.train).toEqual(train);
  expect(found.overlap).toMatchObject({ same: 0, samePrompt: 1, leftOut: 0 });
  expect(findings(report.report()).map(({ code }) => code)).toEqual([
    'held-out-prompt-in-training-data',
  ]);
});

test('rows whose entry says keep_overlap stay, and are counted', () => {
  const held = new Map([['heldout', [say('h', 'Name a color', 'Blue')]]]);
  const mayOverlap = (place: number) => place === 0;
  const found = withoutOverlap({ train, mayOverlap }, held, createReport());
  expect(ids(found.train)).toEqual(['1', '3', '4']);
  expect(found.overlap).toMatchObject({ same: 1, leftOut: 2, kept: 1 });
});

test('where nothing is left to train on, the error says why', () => {
  const held = new Map([['heldout', train]]);
  expect(() => withoutOverlap({ train, mayOverlap: none }, held, createReport())).toThrow(
    'nothing is left to train on: all 5 training rows also stand in the held-out data (5 of 5 held-out instances)',
  );
});

test('tokens are the same by ids and labels, and their prompt is what is not supervised', () => {
  const tokens = (id: string, answer: number): DataRecord => ({
    id,
    input_ids: [1, 2, answer],
    labels: [-100, -100, answer],
  });
  const held = new Map([['heldout', [tokens('h', 3), tokens('i', 5)]]]);
  const data = { train: [tokens('a', 3), tokens('b', 4)], mayOverlap: none };
  const found = withoutOverlap(data, held, createReport());
  expect(ids(found.train)).toEqual(['b']);
  expect(found.overlap).toMatchObject({ same: 1, samePrompt: 1 });
});
