import type { DataRecord } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { createReport, describeReport } from '../report/data-report.ts';
import { hasEmptyAnswer } from '../text-of.ts';
import { answered } from './answered.ts';
import { applyFilters, type RecordFilter } from './filter.ts';
import { lengthBetween } from './length.ts';
import { unique } from './unique.ts';

const say = (id: string, instruction: string, output: string): DataRecord => ({
  id,
  instruction,
  output,
});

async function run(records: DataRecord[], ...filters: RecordFilter[]) {
  const report = createReport();
  const kept: string[] = [];
  for await (const record of applyFilters(records, filters, report)) kept.push(record.id);
  return { kept, steps: report.report().steps, text: describeReport(report.report()) };
}

test('each filter counts rows in, rows out and why; the next sees what is left', async () => {
  const records = [
    say('1', 'Name a color', 'Blue'),
    say('2', 'Name a color', ''),
    say('3', 'Name a color', 'Blue'),
    say('4', 'name a color!', 'blue.'),
    say('5', 'Count', 'one two three four'),
  ];
  const { kept, text } = await run(
    records,
    answered(),
    unique(),
    unique({ compare: 'normalized' }),
    lengthBetween({ answer: { maximum: 10 } }),
  );
  expect(kept).toEqual(['1']);
  expect(text).toBe(
    [
      'answered: 5 in, 4 out',
      '  1 dropped: empty answer (2)',
      'unique record (exact): 4 in, 3 out',
      '  1 dropped: duplicate (3)',
      'unique record (normalized): 3 in, 2 out',
      '  1 dropped: duplicate but for case, marks or spacing (4)',
      'length: 2 in, 1 out',
      '  1 dropped: more than 10 answer characters (5)',
    ].join('\n'),
  );
});

test('by prompt, one question keeps its first answer', async () => {
  const records = [say('1', 'Name a color', 'Blue'), say('2', 'Name a color', 'Red')];
  expect((await run(records, unique({ by: 'prompt' }))).kept).toEqual(['1']);
  expect((await run(records, unique())).kept).toEqual(['1', '2']);
});

test('calls of tools are answers, and differ as their arguments and tools do', async () => {
  const calling = (id: string, city: string, tool = 'weather'): DataRecord => ({
    id,
    messages: [
      { role: 'user', content: 'How is it there?' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: 'weather', arguments: { city } } }],
      },
    ],
    tools: [{ type: 'function', function: { name: tool } }],
  });
  const records = [
    calling('1', 'Oslo'),
    calling('2', 'Bergen'),
    calling('3', 'Oslo'),
    calling('4', 'Oslo', 'news'),
  ];
  expect(records.map(hasEmptyAnswer)).toEqual([false, false, false, false]);
  expect((await run(records, answered(), unique())).kept).toEqual(['1', '2', '4']);
  expect((await run(records, unique({ by: 'prompt' }))).kept).toEqual(['1', '4']);
});

test('letters of other scripts are not normalized away', async () => {
  const records = [
    say('1', 'Translate', '犬'),
    say('2', 'Translate', '猫'),
    say('3', 'Translate', 'ﬁsh'),
    say('4', 'Translate', 'fish'),
  ];
  expect((await run(records, unique({ compare: 'normalized' }))).kept).toEqual(['1', '2', '3']);
});

test('tokens are supervised only from the second on', async () => {
  const records: DataRecord[] = [
    { id: 'none', input_ids: [1, 2], labels: [1, -100] },
    { id: 'some', input_ids: [1, 2], labels: [-100, 2] },
  ];
  const { kept, steps } = await run(records, answered());
  expect(kept).toEqual(['some']);
  expect(steps[0]!.dropped).toEqual([
    { reason: 'no supervised token', count: 1, examples: ['none'] },
  ]);
});

test('a turn out of the loss is no answer', async () => {
  const record: DataRecord = {
    id: '1',
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b', train: false },
    ],
  };
  expect((await run([record], answered())).kept).toEqual([]);
});

test.each([
  [{ prompt: { minimum: 3 } }, ['b', 't']],
  [{ words: { maximum: 2 } }, ['a', 't']],
  [{ tokens: { minimum: 3, maximum: 3 } }, ['a', 'b', 't']],
  [{ tokens: { minimum: 4 } }, ['a', 'b']],
])('length %j keeps %j', async (bounds, expected) => {
  const records: DataRecord[] = [
    say('a', 'Hi', 'Ho'),
    say('b', 'Hi you there', 'Ho'),
    { id: 't', input_ids: [1, 2, 3], labels: [1, 2, 3] },
  ];
  expect((await run(records, lengthBetween(bounds))).kept).toEqual(expected);
});

test('bounds the wrong way round are refused', () => {
  expect(() => lengthBetween({ words: { minimum: 5, maximum: 2 } })).toThrow(
    'words: minimum 5 is above maximum 2',
  );
});

test('only the first five examples of a reason are kept, all are counted', async () => {
  const records = Array.from({ length: 9 }, (_, index) => say(`${index}`, 'a', ''));
  const { steps } = await run(records, answered());
  expect(steps[0]!.dropped).toEqual([
    { reason: 'empty answer', count: 9, examples: ['0', '1', '2', '3', '4'] },
  ]);
});
