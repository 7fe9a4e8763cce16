import type { DataFilter, DataRecord, Mention } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { createReport, describeReport } from '../report/data-report.ts';
import { hasEmptyAnswer } from '../text-of.ts';
import { testDataFilter } from '@tunesmith/testing';
import { answered } from './answered.ts';
import { applyFilters, type DroppedRecord } from './apply-filters.ts';
import { builtinFilters, findFilter } from './built-in.ts';
import { length } from './length.ts';
import { unique } from './unique.ts';

const say = (id: string, instruction: string, output: string): DataRecord => ({
  id,
  instruction,
  output,
});

async function run(records: DataRecord[], ...mentions: Mention[]) {
  const report = createReport();
  const kept: string[] = [];
  const dropped: DroppedRecord[] = [];
  const filters = mentions.map((mention) => findFilter(mention));
  const onDrop = (one: DroppedRecord) => void dropped.push(one);
  for await (const record of applyFilters(records, filters, { report, onDrop }))
    kept.push(record.id);
  return { kept, dropped, steps: report.report().steps, text: describeReport(report.report()) };
}

test('each filter counts rows in, rows out and why; the next sees what is left', async () => {
  const records = [
    say('1', 'Name a color', 'Blue'),
    say('2', 'Name a color', ''),
    say('3', 'Name a color', 'Blue'),
    say('4', 'name a color!', 'blue.'),
    say('5', 'Count', 'one two three four'),
  ];
  const { kept, text, dropped } = await run(
    records,
    'answered',
    'unique',
    { name: 'unique', compare: 'normalized' },
    { name: 'length', answer: { maximum: 10 } },
  );
  expect(kept).toEqual(['1']);
  expect(text).toBe(
    [
      'answered: 5 in, 4 out',
      '  1 dropped: empty answer (2)',
      'unique: 4 in, 3 out',
      '  1 dropped: duplicate (3)',
      'unique(compare=normalized): 3 in, 2 out',
      '  1 dropped: duplicate but for case, marks or spacing (4)',
      'length(answer={"maximum":10}): 2 in, 1 out',
      '  1 dropped: more than 10 answer characters (5)',
    ].join('\n'),
  );
  expect(dropped.map(({ step, record }) => [step, record.id])).toEqual([
    ['answered', '2'],
    ['unique', '3'],
    ['unique(compare=normalized)', '4'],
    ['length(answer={"maximum":10})', '5'],
  ]);
});

test('a filter that loses a record is told from one that drops it', async () => {
  const lossy: DataFilter = {
    ...answered,
    name: 'lossy',
    async *judge(records) {
      for await (const record of records) if (record.id !== '2') yield { record };
    },
  };
  const records = [say('1', 'a', 'b'), say('2', 'a', 'b')];
  const kept = applyFilters(records, [lossy], { report: createReport() });
  await expect(kept.next().then(() => kept.next())).rejects.toThrow(
    'data filter lossy gave 1 verdicts for 2 records; accepted: one verdict for each record',
  );
});

test('everything is opened before the first record is read', async () => {
  const asking: DataFilter = {
    ...answered,
    name: 'asking',
    async *judge(records, context) {
      await context.chatModel('none');
      for await (const record of records) yield { record };
    },
  };
  let read = 0;
  const source = (function* () {
    read += 1;
    yield say('1', 'a', 'b');
  })();
  const kept = applyFilters(source, [answered, asking], { report: createReport() });
  await expect(kept.next()).rejects.toThrow('asks a chat model, and there is nothing here');
  expect(read).toBe(0);
});

test('names and options are checked', () => {
  expect(builtinFilters.map(({ name }) => name)).toContain('near-duplicates');
  expect(() => findFilter('uniqe')).toThrow('nearest: "unique"');
  expect(() => findFilter({ name: 'unique', compare: 'fuzzy' })).toThrow('compare');
});

test('by prompt, one question keeps its first answer', async () => {
  const records = [say('1', 'Name a color', 'Blue'), say('2', 'Name a color', 'Red')];
  expect((await run(records, { name: 'unique', by: 'prompt' })).kept).toEqual(['1']);
  expect((await run(records, 'unique')).kept).toEqual(['1', '2']);
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
  expect((await run(records, 'answered', 'unique')).kept).toEqual(['1', '2', '4']);
  expect((await run(records, { name: 'unique', by: 'prompt' })).kept).toEqual(['1', '4']);
});

test('letters of other scripts are not normalized away', async () => {
  const records = [
    say('1', 'Translate', '犬'),
    say('2', 'Translate', '猫'),
    say('3', 'Translate', 'ﬁsh'),
    say('4', 'Translate', 'fish'),
  ];
  expect((await run(records, { name: 'unique', compare: 'normalized' })).kept).toEqual([
    '1',
    '2',
    '3',
  ]);
});

test('tokens are supervised only from the second on', async () => {
  const records: DataRecord[] = [
    { id: 'none', input_ids: [1, 2], labels: [1, -100] },
    { id: 'some', input_ids: [1, 2], labels: [-100, 2] },
  ];
  const { kept, steps } = await run(records, 'answered');
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
  expect((await run([record], 'answered')).kept).toEqual([]);
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
  expect((await run(records, { name: 'length', ...bounds })).kept).toEqual(expected);
});

test('bounds the wrong way round are refused', () => {
  expect(() => findFilter({ name: 'length', words: { minimum: 5, maximum: 2 } })).toThrow(
    'words: minimum 5 is above maximum 2',
  );
});

test('only the first five examples of a reason are kept, all are counted', async () => {
  const records = Array.from({ length: 9 }, (_, index) => say(`${index}`, 'a', ''));
  const { steps } = await run(records, 'answered');
  expect(steps[0]!.dropped).toEqual([
    { reason: 'empty answer', count: 9, examples: ['0', '1', '2', '3', '4'] },
  ]);
});

const colors = [
  say('1', 'Name a color', 'Blue'),
  say('2', 'Name a color', ''),
  say('3', 'Name a color', 'Blue'),
];

testDataFilter(answered, {
  cases: [{ records: colors, kept: ['1', '3'], reasons: ['empty answer'] }],
});

testDataFilter(unique, {
  cases: [
    { records: colors, kept: ['1', '2'], reasons: ['duplicate'] },
    { options: { by: 'prompt' }, records: colors, kept: ['1'] },
  ],
  refused: [{ options: { by: 'answer' }, message: 'by' }],
});

testDataFilter(length, {
  options: { words: { minimum: 0 } },
  cases: [{ options: { answer: { minimum: 1 } }, records: colors, kept: ['1', '3'] }],
  refused: [
    { options: { words: { minimum: 2, maximum: 1 } }, message: 'minimum 2 is above' },
    { options: { words: {} }, message: 'has no bounds, so that everything would pass' },
  ],
});
