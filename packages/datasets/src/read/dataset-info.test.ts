import { memoryFiles, type DataRecord } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { findAdapter } from '../adapters/builtin.ts';
import { createReport } from '../report/data-report.ts';
import type { ReadOptions } from './read-options.ts';
import { readRecords } from './read-records.ts';

const files = memoryFiles({
  'data/dataset_info.json': JSON.stringify({
    plain: { file_name: 'plain.json' },
    asked: {
      file_name: 'asked.jsonl',
      columns: { prompt: 'question', response: 'reply' },
      num_samples: 2,
    },
    talks: {
      file_name: 'talks.json',
      formatting: 'sharegpt',
      columns: { messages: 'turns', system: 'setting' },
      tags: { role_tag: 'role', content_tag: 'content', user_tag: 'user', assistant_tag: 'bot' },
    },
    ranked: {
      file_name: 'ranked.json',
      ranking: true,
      columns: { prompt: 'instruction', query: 'input', chosen: 'good', rejected: 'bad' },
    },
    judged: {
      file_name: 'judged.json',
      formatting: 'sharegpt',
      columns: { messages: 'conversations', kto_tag: 'fine' },
    },
    pictured: {
      file_name: 'pictured.json',
      formatting: 'sharegpt',
      columns: { messages: 'conversations', images: 'pictures', videos: 'films' },
    },
    far: { hf_hub_url: 'somebody/something' },
    misspelt: { file_name: 'a.json', formating: 'alpaca', columns: { promt: 'a' } },
  }),
  'data/plain.json': JSON.stringify([{ instruction: 'Plural of', input: 'ox', output: 'oxen' }]),
  'data/asked.jsonl': [1, 2, 3]
    .map((n) => JSON.stringify({ question: `Q${n}`, reply: `R${n}`, input: 'a note', output: 'x' }))
    .join('\n'),
  'data/talks.json': JSON.stringify([
    {
      setting: 'Be short.',
      turns: [
        { role: 'user', content: 'Hi' },
        { role: 'bot', content: 'Ho' },
      ],
    },
  ]),
  'data/ranked.json': JSON.stringify([
    { instruction: 'Name a', input: 'tree', good: 'Oak.', bad: 'Moss.' },
  ]),
  'data/judged.json': JSON.stringify([
    {
      conversations: [
        { from: 'human', value: 'Is 7 even?' },
        { from: 'gpt', value: 'Yes.' },
      ],
      fine: false,
    },
  ]),
  'data/pictured.json': JSON.stringify([
    {
      conversations: [
        { from: 'human', value: '<image>What?' },
        { from: 'gpt', value: 'A newt.' },
      ],
      pictures: ['newt.png'],
      films: ['newt.mp4'],
    },
  ]),
});

async function read(dataset: string | undefined, options: ReadOptions = {}): Promise<DataRecord[]> {
  const records = [];
  const how = { ...options, ...(dataset === undefined ? {} : { dataset }) };
  for await (const record of readRecords(files, 'data/dataset_info.json', how))
    records.push(record);
  return records;
}

test('a data set without columns has those of Alpaca', async () => {
  expect(await read('plain')).toEqual([
    { id: 'plain.json#0', instruction: 'Plural of', input: 'ox', output: 'oxen' },
  ]);
});

test('columns say what is read, nothing else is, and num_samples how many rows', async () => {
  const report = createReport();
  expect(await read('asked', { report })).toEqual(
    [1, 2].map((n) => ({
      id: `asked.jsonl#${n - 1}`,
      instruction: `Q${n}`,
      output: `R${n}`,
      meta: { row: { input: 'a note', output: 'x' } },
    })),
  );
  const [step] = report.report().steps;
  expect(step!.noted.map(({ reason }) => reason)).toEqual([
    'column "input" may change what the row means and is not used',
    'column "output" is not used; it is kept in meta',
  ]);
});

test('tags say what turns are called', async () => {
  expect(await read('talks')).toEqual([
    {
      id: 'talks.json#0',
      messages: [
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Ho' },
      ],
    },
  ]);
});

test('ranking: true reads a better and a worse answer', async () => {
  expect(await read('ranked')).toEqual([
    {
      id: 'ranked.json#0',
      instruction: 'Name a',
      input: 'tree',
      output: 'Oak.',
      rejected: 'Moss.',
    },
  ]);
});

test('kto_tag says whether the answer is a good one, images where the pictures are', async () => {
  const [judged] = await read('judged');
  expect(judged).toMatchObject({
    messages: [{}, { content: 'Yes.', train: false }],
    meta: { preferred: false },
  });
  const report = createReport();
  const [pictured] = await read('pictured', { report });
  expect(pictured).toMatchObject({
    messages: [{ content: [{ image: 'newt.png' }, { text: 'What?' }] }, {}],
  });
  expect(report.report().steps[0]!.noted).toContainEqual(
    expect.objectContaining({
      reason: 'column "films" is not used; it is kept in meta',
    }),
  );
});

test.each([
  [undefined, {}, 'describes data sets: name one as the dataset; accepted: plain, asked, talks'],
  [
    'rankt',
    {},
    'there is no data set in memory:data/dataset_info.json named "rankt"; nearest: "ranked"',
  ],
  ['far', {}, 'far stands elsewhere, by its hf_hub_url'],
  ['misspelt', {}, '"columns.promt" is not a known key; nearest: "prompt"'],
  ['plain', { adapter: findAdapter('dolly') }, 'says what the format of plain is'],
  ['plain', { columns: { output: 'a' } }, 'says what the columns of plain is'],
])('%s is refused', async (name, options, message) => {
  await expect(read(name, options)).rejects.toThrow(message);
});

test('columns of any format may be called otherwise', async () => {
  const tables = memoryFiles({ 'rows.csv': 'question,reply,output\nTwo and two?,Four.,unused\n' });
  const records = [];
  const report = createReport();
  const columns = { instruction: 'question', output: 'reply' };
  for await (const record of readRecords(tables, 'rows.csv', { columns, report }))
    records.push(record);
  expect(records).toEqual([
    {
      id: 'memory:rows.csv#0',
      instruction: 'Two and two?',
      output: 'Four.',
      meta: { row: { output: 'unused' } },
    },
  ]);
  expect(report.report().steps[0]!.noted.map(({ reason }) => reason)).toEqual([
    'column "output" is not used; it is kept in meta',
  ]);
});

test('a fault in a column that is called otherwise is told by its name in the file', async () => {
  const rows = memoryFiles({ 'rows.jsonl': '{"question":"a","reply":3}' });
  const columns = { instruction: 'question', output: 'reply' };
  const records = readRecords(rows, 'rows.jsonl', { adapter: findAdapter('alpaca'), columns });
  await expect(records.next()).rejects.toThrow('rows.jsonl:1: row: reply is 3');
});

test('a key that no format reads is named with the nearest', () => {
  const rows = memoryFiles({ 'rows.jsonl': '{}' });
  const adapter = findAdapter('alpaca');
  expect(() => readRecords(rows, 'rows.jsonl', { adapter, columns: { outptu: 'a' } })).toThrow(
    'there is no column of alpaca named "outptu"; nearest: "output"',
  );
});
