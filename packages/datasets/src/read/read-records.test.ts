import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataRecord } from '@tunesmith/schema';
import { afterAll, expect, test } from 'vitest';
import { createReport, findings } from '../report/data-report.ts';
import { readRecords } from '../node/files.ts';
import type { ReadOptions } from './read-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'read-records-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, rows: readonly unknown[]): string {
  const file = join(folder, name);
  writeFileSync(
    file,
    rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'),
  );
  return file;
}

async function read(file: string, options?: ReadOptions): Promise<DataRecord[]> {
  const records = [];
  for await (const record of readRecords(file, options)) records.push(record);
  return records;
}

const colors = Array.from({ length: 30 }, (_, index) => ({
  instruction: `Name color ${index}`,
  output: 'Blue',
}));

test('the adapter is found from the rows; ids are the file and the number of the row', async () => {
  const records = await read(write('a.jsonl', colors));
  expect(records).toHaveLength(30);
  expect(records[29]).toEqual({ id: 'a.jsonl#29', instruction: 'Name color 29', output: 'Blue' });
});

test('skip goes on where an earlier reading ended', async () => {
  const file = write('b.jsonl', colors);
  const all = await read(file);
  expect([...(await read(file, { limit: 25 })), ...(await read(file, { skip: 25 }))]).toEqual(all);
  expect(await read(file, { skip: 3, limit: 2 })).toEqual(all.slice(3, 5));
});

test.each([
  ['text that is not JSON', '{"instruction": "a", "output"', /c\.jsonl:3: .*JSON/],
  ['a missing key', { instruction: 'a', outptu: 'b' }, /c\.jsonl:3: row: output is missing/],
  ['a wrong type', { instruction: 'a', output: 1 }, /c\.jsonl:3: row: output is 1/],
  [
    'null where a key is required',
    { instruction: 'a', output: null },
    /c\.jsonl:3: row: output is null; accepted: a string/,
  ],
])('%s stops the reading with file and line', async (_, row, message) => {
  const rows = [{ id: '1', instruction: 'a', output: 'b' }, '', row];
  await expect(read(write('c.jsonl', rows))).rejects.toThrow(message);
});

test('malformed rows can be skipped instead, and are counted with their places', async () => {
  const report = createReport();
  const rows = [colors[0], '{', { instruction: 'a' }, colors[1], '[]'];
  const { alpaca } = await import('../adapters/alpaca.ts');
  const records = await read(write('d.jsonl', rows), { adapter: alpaca, onError: 'skip', report });
  expect(records).toHaveLength(2);
  const [step] = report.report().steps;
  expect(step).toMatchObject({ rowsIn: 5, rowsOut: 2 });
  expect(step!.dropped.map(({ reason, count }) => [reason, count])).toEqual([
    ['malformed: malformed-row', 2],
    ['malformed: invalid-row', 1],
  ]);
  expect(step!.dropped[0]!.examples).toEqual([
    expect.stringMatching(/d\.jsonl:2$/),
    expect.stringMatching(/d\.jsonl:5$/),
  ]);
});

test('conversations out of order are counted by reason and passed over', async () => {
  const talk = (...names: string[]) => ({
    conversations: names.map((from) => ({ from, value: 'x' })),
  });
  const report = createReport();
  const rows = [
    talk('human', 'gpt'),
    talk('gpt', 'human'),
    talk('human'),
    talk('gpt'),
    talk('human', 'gpt'),
  ];
  expect(await read(write('e.jsonl', rows), { report })).toHaveLength(2);
  const [step] = report.report().steps;
  expect(step!.rowsIn - step!.rowsOut).toBe(3);
  expect(step!.dropped.map(({ reason, count }) => [reason, count])).toEqual([
    ['odd turn order: assistant comes first', 2],
    ['odd turn order: user comes last', 1],
  ]);
});

test('a file of which no row can be used is an error', async () => {
  const rows = [{ conversations: [] }, { conversations: [] }];
  await expect(read(write('f.jsonl', rows))).rejects.toThrow(
    /f\.jsonl: not one row is usable as sharegpt; .* no turns/,
  );
});

test('labels of another length are an error with file and line', async () => {
  const rows = [
    { input_ids: [1, 2], labels: [-100, 2] },
    { input_ids: [1, 2], labels: [2] },
  ];
  await expect(read(write('g.jsonl', rows))).rejects.toThrow(
    /g\.jsonl:2: labels has 1 entries and input_ids has 2/,
  );
});

test('an unusable row is told with file and line', async () => {
  const rows = [
    {
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: 'y' },
      ],
    },
    { messages: [{ role: '__proto__', content: 'x' }] },
    {
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: null },
      ],
    },
    { messages: [] },
  ];
  const told: string[] = [];
  const file = write('h.jsonl', rows);
  await read(file, { onError: 'skip', onBadRow: ({ error }) => told.push(error.message) });
  expect(told).toEqual([
    expect.stringContaining(`${file}:2: row: messages[0].role is "__proto__"`),
    expect.stringContaining(`${file}:3: a message without content`),
    expect.stringContaining(`${file}:4: the conversation has no turns`),
  ]);
});

test('faults in every row do not hide the format: the first is told with its line', async () => {
  const rows = [{ messages: [{ role: 'asistant', content: 'x' }] }];
  await expect(read(write('i.jsonl', rows))).rejects.toThrow(
    /i\.jsonl:1: row: messages\[0\]\.role is "asistant"; nearest: "assistant"/,
  );
  await expect(read(write('j.jsonl', ['{"instruction":"a","output":"b"},']))).rejects.toThrow(
    /j\.jsonl:1: line 1 is not JSON: a comma follows it/,
  );
});

test('where no row can be read, every one is told', async () => {
  const told: number[] = [];
  const file = write('k.jsonl', ['{"a":', '[]', 'x']);
  const reading = read(file, { onError: 'skip', onBadRow: ({ line }) => told.push(line) });
  await expect(reading).rejects.toThrow(/k\.jsonl: not one row is usable; the last problem: .*:3:/);
  expect(told).toEqual([1, 2, 3]);
});

test.each(['empty.jsonl', 'empty.csv'])('%s has no rows', async (name) => {
  await expect(read(write(name, ['']))).rejects.toThrow(`${name} has no rows`);
});

test('null and the empty cell of a table are absence where a key may be absent', async () => {
  const rows = [
    { instruction: 'a', input: null, output: 'b', system: null, history: null, id: null },
  ];
  const plain = { instruction: 'a', output: 'b' };
  expect(await read(write('l.jsonl', rows))).toEqual([{ id: 'l.jsonl#0', ...plain }]);
  const table = write('m.csv', ['id,instruction,input,output,system,history,note', ',a,,b,,,']);
  expect(await read(table)).toEqual([{ id: 'm.csv#0', ...plain }]);
  const nested = {
    messages: [
      { role: 'user', content: 'x', name: null, weight: null },
      { role: 'assistant', content: 'y', train: null, tool_calls: null },
    ],
    tools: null,
  };
  expect(await read(write('n.jsonl', [nested]))).toEqual([
    {
      id: 'n.jsonl#0',
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: 'y' },
      ],
    },
  ]);
});

test('thoughts beside an answer, which are not learned, are a finding', async () => {
  const report = createReport();
  const messages = [
    { role: 'user', content: '2+2?' },
    { role: 'assistant', content: '4', reasoning_content: 'Twice two.' },
  ];
  await read(write('thoughts.jsonl', [{ messages }]), { report });
  expect(findings(report.report()).map(({ code }) => code)).toEqual(['column-not-used']);
});

test('what is odd about rows that stay is counted with places; what changes their meaning is a finding', async () => {
  const report = createReport();
  const rows = [
    { id: 1, instruction: 'a', output: 'b', label: false, dataset: 'x' },
    { id: 1, instruction: 'a', output: ' ', dataset: 'x', images: [] },
    '{"instruction":"a","output":"b","output":"c"}',
  ];
  const records = await read(write('o.jsonl', rows), { report });
  expect(records.map(({ id }) => id)).toEqual(['1', '1~2', 'o.jsonl#2']);
  const [step] = report.report().steps;
  expect(step!.noted.map(({ reason, count, examples }) => [reason, count, ...examples])).toEqual([
    ['column "label" may change what the row means and is not used', 1, 'o.jsonl:1'],
    ['column "dataset" is not used; it is kept in meta', 2, 'o.jsonl:1', 'o.jsonl:2'],
    ['empty answer', 1, 'o.jsonl:2'],
    ['the id stands on an earlier row too; the later row is named anew', 1, 'o.jsonl:2'],
    ['key "output" stands twice; the last one counts', 1, 'o.jsonl:3'],
  ]);
  expect(findings(report.report()).map(({ code }) => code)).toEqual([
    'column-not-used',
    'empty-answer',
    'duplicate-id',
    'duplicate-key',
  ]);
});

test('of a file that is no text from some line on, the rows before are used and the rest is counted', async () => {
  const file = join(folder, 'latin.jsonl');
  const row = (word: string) => `${JSON.stringify({ instruction: 'Say', output: word })}\n`;
  writeFileSync(file, Buffer.from(row('a') + row('b') + row('caf\u00e9') + row('c'), 'latin1'));
  await expect(read(file)).rejects.toThrow('latin.jsonl:3: bytes that are not UTF-8 text');
  const report = createReport();
  const places: number[] = [];
  const onBadRow = ({ line }: { line: number }) => void places.push(line);
  expect(await read(file, { onError: 'skip', report, onBadRow })).toHaveLength(2);
  expect(places).toEqual([3]);
  expect(report.report().steps[0]!.dropped).toMatchObject([
    { reason: 'the rest of a file: invalid-utf-8', count: 1 },
  ]);
});

test('a row of more characters than are held is a fault of its own, and what follows is read', async () => {
  const file = join(folder, 'long.jsonl');
  const row = (word: string) => `${JSON.stringify({ instruction: 'Say', output: word })}\n`;
  writeFileSync(file, row('a') + row('x'.repeat(2 ** 26)) + row('b'));
  await expect(read(file)).rejects.toMatchObject({ code: 'line-too-long' });
  const told: unknown[] = [];
  const onBadRow = ({ line, error }: { line: number; error: Error }) =>
    void told.push([line, error.message.length < 300]);
  expect(await read(file, { onError: 'skip', onBadRow })).toHaveLength(2);
  expect(told).toEqual([[2, true]]);
});

test('a column license is the license of the record, whichever the format', async () => {
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello' },
  ];
  const report = createReport();
  const file = write('licensed.jsonl', [
    { messages, license: 'MIT', year: 2020 },
    { messages, license: 'MIT', meta: { license: 'CC0-1.0' } },
  ]);
  const records = await read(file, { report });
  expect(records.map(({ meta }) => meta)).toEqual([
    { license: 'MIT', row: { year: 2020 } },
    { license: 'CC0-1.0', row: { license: 'MIT' } },
  ]);
  const noted = report.report().steps[0]!.noted.map(({ reason, count }) => `${count} ${reason}`);
  expect(noted).toEqual([
    '1 column "year" is not used; it is kept in meta',
    '1 column "license" is not used; it is kept in meta',
  ]);
});
