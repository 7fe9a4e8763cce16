import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataRecord } from '@tunesmith/schema';
import { afterAll, describe, expect, test } from 'vitest';
import { readRecords } from '../read/read-records.ts';
import { createReport } from '../report/data-report.ts';
import { writeRecords } from './write-records.ts';

const folder = mkdtempSync(join(tmpdir(), 'write-records-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

async function readBack(file: string): Promise<DataRecord[]> {
  const records = [];
  for await (const record of readRecords(file)) records.push(record);
  return records;
}

const instance: DataRecord = {
  id: '1',
  instruction: 'Translate',
  input: 'cat',
  output: 'chat\nle "chat"',
  meta: { task: 'fr' },
};
const dialogue: DataRecord = {
  id: '2',
  messages: [
    { role: 'system', content: 'Be short.' },
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Ho' },
    { role: 'user', content: 'Bye' },
    { role: 'assistant', content: 'Ciao' },
  ],
};
const call: DataRecord = {
  id: '3',
  messages: [
    { role: 'user', content: 'Weather?' },
    { role: 'assistant', content: 'weather()' },
    { role: 'tool', content: 'rain' },
    { role: 'assistant', content: 'It rains.', train: true },
  ],
};
const picture: DataRecord = {
  id: '4',
  messages: [
    { role: 'user', content: [{ type: 'image', image: 'cat.png' }] },
    { role: 'assistant', content: 'A cat.' },
  ],
};
const tokens: DataRecord = { id: '5', input_ids: [1, 2], labels: [-100, 2] };

describe('what is written reads back as it was', () => {
  test.each([
    ['alpaca', [instance, dialogue]],
    ['sharegpt', [dialogue, call]],
    ['messages', [dialogue, call, picture]],
    ['tokenized', [tokens]],
  ])('as %s, in both layouts', async (format, records) => {
    for (const ending of ['jsonl', 'json']) {
      const file = at(`${format}.${ending}`);
      expect(await writeRecords(file, records, { format })).toBe(records.length);
      expect(await readBack(file)).toEqual(records);
    }
  });
});

test('an instance becomes turns through a template', async () => {
  await writeRecords(at('turns.jsonl'), [instance], { format: 'sharegpt' });
  expect(JSON.parse(readFileSync(at('turns.jsonl'), 'utf8'))).toEqual({
    id: '1',
    conversations: [
      { from: 'human', value: 'Translate\n\ncat' },
      { from: 'gpt', value: 'chat\nle "chat"' },
    ],
    meta: { task: 'fr' },
  });
});

test('records that a format cannot express are counted', async () => {
  const report = createReport();
  const calling = {
    id: '6',
    messages: [
      { role: 'user' as const, content: 'a' },
      {
        role: 'assistant' as const,
        content: '',
        tool_calls: [{ function: { name: 'add', arguments: {} } }],
      },
    ],
  };
  await writeRecords(at('some.jsonl'), [instance, call, picture, tokens, calling], {
    format: 'alpaca',
    report,
  });
  expect(report.report().steps[0]).toMatchObject({
    rowsIn: 5,
    rowsOut: 1,
    dropped: [
      { reason: 'alpaca rows hold turns of user and assistant alone', examples: ['3'] },
      { reason: 'alpaca rows hold text alone', examples: ['4'] },
      { reason: 'tokens have no text', examples: ['5'] },
      { reason: 'alpaca rows have no place for structured calls of tools', examples: ['6'] },
    ],
  });
});

test('when the records fail half-way, the old file stays and nothing else is left', async () => {
  const file = at('kept.jsonl');
  writeFileSync(file, 'old\n');
  async function* failing(): AsyncGenerator<DataRecord> {
    yield instance;
    throw new Error('the source broke');
  }
  await expect(writeRecords(file, failing(), { format: 'alpaca' })).rejects.toThrow(
    'the source broke',
  );
  expect(readFileSync(file, 'utf8')).toBe('old\n');
  expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
});

test('a folder that does not exist is an error that names the file', async () => {
  await expect(
    writeRecords(at('no/such/a.jsonl'), [instance], { format: 'alpaca' }),
  ).rejects.toThrow(/no\/such\/a\.jsonl was not written: ENOENT/);
});

test.each([
  ['a.csv', 'alpaca', 'accepted: .jsonl, .json'],
  ['a.jsonl', 'alpacca', 'there is no row format named "alpacca"; nearest: "alpaca"'],
])('%s as %s is refused', async (name, format, message) => {
  await expect(writeRecords(at(name), [instance], { format })).rejects.toThrow(message);
  expect(existsSync(at(name))).toBe(false);
});
