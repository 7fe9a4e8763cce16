import { memoryFiles, readText, type DataRecord } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { readRecords } from '../read/read-records.ts';
import { createReport } from '../report/data-report.ts';
import { writeRecords } from '../write/write-records.ts';
import { findAdapter } from './builtin.ts';
import type { Detection } from './detect.ts';
import { encodeTask } from './parts/tk-instruct.ts';
import { taskFaults } from './parts/task-rules.ts';
import { casesByName } from './test-support/cases.ts';

async function collect(records: AsyncIterable<DataRecord>): Promise<DataRecord[]> {
  const all = [];
  for await (const record of records) all.push(record);
  return all;
}

const said = (record: DataRecord): string[] =>
  'messages' in record ? record.messages.map(({ content }) => content as string) : [];

describe('oasst', () => {
  const [{ row: tree } = { row: {} }] = casesByName['oasst']!.rows;
  const paths = (options: object): string[][] =>
    [findAdapter({ name: 'oasst', ...options }).convert(tree, { id: 'x' })]
      .flat()
      .map((record) => said(record as DataRecord));

  test('best follows the best answer to each question, every question of it', () => {
    const begin = ['How do I sharpen a knife?', 'Draw it over a wet stone.'];
    expect(paths({})).toEqual([
      [...begin, 'At what angle?', 'Some 20 degrees.'],
      [...begin, 'How often?', 'Twice a month.'],
    ]);
  });

  test('all follows the other answers too', () => {
    expect(paths({ paths: 'all' })[0]).toEqual(['How do I sharpen a knife?', 'Buy a new one.']);
    expect(paths({ paths: 'all' })).toHaveLength(3);
  });

  test('a tree in another language holds no answer', () => {
    expect(() => paths({ language: 'de' })).toThrow('the tree has no answer');
  });

  test('what is left out of a tree is counted by reason', async () => {
    const report = createReport();
    const lines = casesByName['oasst']!.rows.map(({ row }) => JSON.stringify(row)).join('\n');
    await collect(readRecords(memoryFiles({ 'trees.jsonl': lines }), 'trees.jsonl', { report }));
    expect(report.report().steps[0]!.noted.map(({ reason, count }) => [count, reason])).toEqual([
      [1, 'an answer of a lower rank is left out; paths: all follows it'],
      [1, 'a message is left out: deleted'],
      [1, 'a question without an answer is left off'],
    ]);
  });

  test('the ways of a tree are written as one tree, with all that they share once', async () => {
    const adapter = findAdapter({ name: 'oasst', paths: 'all' });
    const files = memoryFiles({ 'in.jsonl': JSON.stringify(tree) });
    const records = await collect(readRecords(files, 'in.jsonl', { adapter }));
    await writeRecords(files, 'out.jsonl', records, { format: 'oasst' });
    expect((await readText(files, 'out.jsonl')).trim().split('\n')).toHaveLength(1);
    expect(await collect(readRecords(files, 'out.jsonl', { adapter }))).toEqual(records);
  });
});

describe('mt-bench', () => {
  const question = { question_id: 7, category: 'math', turns: ['2 + 2?', 'Times 3?'] };
  const answerOf = (model: string, ...turns: string[]) => ({
    question_id: 7,
    answer_id: `${model}-7`,
    model_id: model,
    choices: [{ index: 0, turns }],
    tstamp: 1700000000,
  });
  const linesOf = (...rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n');

  test('a question and the answers of two models are two conversations, written as one row', async () => {
    const files = memoryFiles({
      'in.jsonl': linesOf(question, answerOf('small', '5', '15'), answerOf('large', '4', '12')),
    });
    const records = await collect(readRecords(files, 'in.jsonl'));
    expect(records).toMatchObject([
      {
        id: '7/1',
        meta: { model: 'small' },
        messages: [{}, { content: '5' }, {}, { content: '15' }],
      },
      {
        id: '7/2',
        meta: { model: 'large' },
        messages: [{}, { content: '4' }, {}, { content: '12' }],
      },
    ]);
    await writeRecords(files, 'out.jsonl', records, { format: 'mt-bench' });
    expect((await readText(files, 'out.jsonl')).trim().split('\n')).toHaveLength(1);
    expect(await collect(readRecords(files, 'out.jsonl'))).toEqual(records);
  });

  test('rows of a table, in which either kind has null for the columns of the other, are joined', async () => {
    const files = memoryFiles({
      'in.jsonl': linesOf(
        {
          ...question,
          reference: null,
          answer_id: null,
          model_id: null,
          choices: null,
          tstamp: null,
        },
        { category: null, turns: null, reference: null, ...answerOf('small', '5', '15') },
      ),
    });
    expect(await collect(readRecords(files, 'in.jsonl'))).toMatchObject([
      { id: '7', meta: { category: 'math', model: 'small', answer: { tstamp: 1700000000 } } },
    ]);
  });

  test('answers without their question are no use, with what to do', async () => {
    const files = memoryFiles({ 'in.jsonl': linesOf(answerOf('small', '5', '15')) });
    await expect(collect(readRecords(files, 'in.jsonl'))).rejects.toThrow(
      'an answer stands without its question',
    );
  });
});

describe('super-natural-instructions', () => {
  const [{ row } = { row: {} }] = casesByName['super-natural-instructions']!.rows;

  test('the prompt of Tk-Instruct has examples, with explanations, and full stops where none stand', () => {
    const adapter = findAdapter({
      name: 'super-natural-instructions',
      encoding: 'tk-instruct',
      positive: 1,
      negative: 1,
      explanations: true,
    });
    const [first] = [adapter.convert(row, { id: 'task9001.json#0' })].flat();
    expect(first).toMatchObject({
      instruction: [
        'Definition: Say whether the thing can be eaten. Answer yes or no.',
        '',
        ' Positive Example 1 -',
        'Input: plum.',
        ' Output: yes.',
        ' Explanation: A plum is a fruit.',
        '',
        ' Negative Example 1 -',
        'Input: egg.',
        ' Output: no.',
        ' Explanation: Eggs can be eaten.',
        '',
        'Now complete the following example -',
        'Input: bread.',
        'Output: ',
      ].join('\n'),
      output: 'yes',
    });
  });

  test('without definition and examples the prompt is the input alone', () => {
    const examples = { positive: [], negative: [] };
    expect(encodeTask('Add', examples, ' 2 + 2? ', { definition: false, positive: 0 })).toBe(
      'Now complete the following example -\nInput: 2 + 2?\nOutput: ',
    );
  });

  const instances = Array.from({ length: 26 }, (_, index) => ({
    input: `${index}`,
    output: [index % 2 === 0 ? 'even' : 'odd'],
  }));
  const example = (input: string) => ({ input, output: 'even', explanation: '' });
  const task = {
    Contributors: ['A'],
    Source: ['numbers'],
    Categories: ['Math'],
    Definition: 'Say even or odd.',
    Input_language: ['English'],
    Output_language: ['English'],
    'Positive Examples': [example('100'), example('102')],
    'Negative Examples': [example('101')],
    Instances: instances,
  };
  const skewed = instances.map(({ input }, index) => ({ input, output: [index < 24 ? 'a' : 'b'] }));

  test.each([
    [{}, []],
    [{ Instances: instances.slice(1) }, ['fewer than 26 instances']],
    [{ 'Positive Examples': [example('100')] }, ['fewer than 2 positive examples']],
    [{ 'Negative Examples': [] }, ['no negative example']],
    [{ Instances: [...instances, instances[0]!] }, ['an input that stands twice']],
    [
      { 'Positive Examples': [example('100'), example('7')] },
      ['an instance that is a positive example too'],
    ],
    // The entropy of 24 and 2 in 26, over that of two equal classes, is 0.39.
    [{ Instances: skewed }, ['classes that are out of balance']],
    [{ Input_language: ['Igbo'] }, ['a definition that does not name the language of the inputs']],
    [{ Source: undefined }, ['Source is missing']],
  ])('the rules of the benchmark: %#', (change, faults) => {
    expect(taskFaults({ ...task, ...change } as typeof task)).toEqual(faults);
  });

  test('a task file is one object, named by its file, and is written as one again', async () => {
    const files = memoryFiles({ 'task9001_food.json': JSON.stringify(row, null, 2) });
    const records = await collect(readRecords(files, 'task9001_food.json'));
    expect(records.map(({ meta }) => meta?.task)).toEqual(['task9001_food', 'task9001_food']);
    const format = 'super-natural-instructions';
    expect(await writeRecords(files, 'again.json', records, { format })).toBe(2);
    const written = JSON.parse(await readText(files, 'again.json')) as { Instances: unknown[] };
    expect(written.Instances).toEqual([
      { id: 'task9001-1', input: 'bread', output: ['yes'] },
      { id: 'task9001-2', input: 'sand', output: ['no', 'No'] },
    ]);
    expect(await collect(readRecords(files, 'again.json'))).toEqual(records);
  });
});

describe('tables without a line of names', () => {
  const lines = casesByName['flan-cot']!.rows.map(({ row }) => Object.values(row).join('\t'));
  const table = `${lines.join('\n')}\n`;

  test('are found by their columns, and that is said', async () => {
    const found: Detection[] = [];
    const onDetection = (one: Detection) => found.push(one);
    const files = memoryFiles({ 'cot.tsv': table });
    const records = await collect(readRecords(files, 'cot.tsv', { onDetection }));
    expect(found[0]!.adapter.name).toBe('flan-cot');
    expect(found[0]!.reason).toBe(
      'all of the first 3 rows have 3 columns, without a line of names: question, answer, chain_of_thought',
    );
    expect(records[0]).toMatchObject({
      instruction: 'A crate holds 6 jars.\nHow many jars are in 4 crates?',
    });
    expect(await writeRecords(files, 'out.tsv', records, { format: 'flan-cot' })).toBe(3);
    expect(await readText(files, 'out.tsv')).toBe(table);
  });

  test('a line of names is no row of them', async () => {
    const files = memoryFiles({ 'named.tsv': `question\tanswer\tchain_of_thought\n${table}` });
    expect(await collect(readRecords(files, 'named.tsv'))).toHaveLength(3);
    const adapter = findAdapter('flan-cot');
    expect(await collect(readRecords(files, 'named.tsv', { adapter }))).toHaveLength(3);
  });

  test('a table of other names is not taken for one', async () => {
    const files = memoryFiles({ 'other.tsv': `word\tplural\tnote\n${table}` });
    await expect(collect(readRecords(files, 'other.tsv'))).rejects.toThrow('no adapter fits');
  });

  test('a row of too few columns is named by its line', async () => {
    const files = memoryFiles({ 'short.tsv': `${table}a question alone\n` });
    await expect(
      collect(readRecords(files, 'short.tsv', { adapter: findAdapter('flan-cot') })),
    ).rejects.toThrow('short.tsv:4: the row has 1 fields');
  });
});

describe('a call in the messages of a chat API is one of sharegpt', () => {
  const call = (id: string, name: string) => ({
    id,
    type: 'function',
    function: { name, arguments: { city: 'Oslo' } },
  });
  const talk = (answers: [string, string][]): DataRecord => ({
    id: 'w',
    messages: [
      { role: 'user', content: 'Weather and time?' },
      { role: 'assistant', content: '', tool_calls: [call('1', 'weather'), call('2', 'time')] },
      ...answers.map(([id, content]) => ({ role: 'tool' as const, tool_call_id: id, content })),
      { role: 'assistant', content: 'Rain at noon.' },
    ],
  });
  const write = (record: DataRecord) => {
    const notes: string[] = [];
    const row = findAdapter('sharegpt').write!(record, { note: (reason) => notes.push(reason) });
    return { row, notes };
  };

  test('where answers follow in the order of the calls, whose ids are lost and counted', () => {
    const { row, notes } = write(
      talk([
        ['1', 'rain'],
        ['2', 'noon'],
      ]),
    );
    expect(row['conversations']).toEqual([
      { from: 'human', value: 'Weather and time?' },
      {
        from: 'function_call',
        value:
          '[{"name":"weather","arguments":{"city":"Oslo"}},{"name":"time","arguments":{"city":"Oslo"}}]',
      },
      { from: 'observation', value: 'rain' },
      { from: 'observation', value: 'noon' },
      { from: 'gpt', value: 'Rain at noon.' },
    ]);
    expect(notes).toEqual([
      'ids of calls and names of tools are not written: the answers follow in the order of the calls',
    ]);
  });

  test('and is refused where they follow in another order', () => {
    expect(() =>
      write(
        talk([
          ['2', 'noon'],
          ['1', 'rain'],
        ]),
      ),
    ).toThrow('no place for who speaks or which call is answered');
  });
});

test('why instances of a model are left out is counted', async () => {
  const rows = [
    { instruction: 'Spell it', raw_instances: 'Example 1\nx\nOutput: x\nExample 2\nOutput: y' },
    {
      instruction: 'Sort it',
      raw_instances: 'Class label: up\nThing: a\nClass label: down\nThing: a',
    },
  ];
  const report = createReport();
  const files = memoryFiles({ 'raw.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') });
  expect(await collect(readRecords(files, 'raw.jsonl', { report }))).toHaveLength(1);
  const [step] = report.report().steps;
  expect(step!.noted.map(({ reason, count }) => [count, reason])).toEqual([
    [1, 'an instance is left out: its input is its output'],
    [2, 'an instance is left out: one input has two outputs'],
  ]);
  expect(step!.dropped).toEqual([
    expect.objectContaining({ reason: 'the text holds no usable instance', count: 1 }),
  ]);
});

test('a format that is read only says which can be written', async () => {
  await expect(
    writeRecords(memoryFiles(), 'out.jsonl', [], { format: 'self-instruct-generated' }),
  ).rejects.toThrow('rows of self-instruct-generated can be read, not written');
});
