import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isTokenized, type Conversation, type DataRecord } from '@tunesmith/schema';
import { afterAll, describe, expect, test } from 'vitest';
import { readRecords, writeRecords } from '../node/files.ts';
import { createReport } from '../report/data-report.ts';
import { toConversation } from '../templates/to-conversation.ts';

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
const talk: DataRecord = {
  id: '6',
  system: 'Be short.',
  history: [{ instruction: 'Hi', output: 'Ho' }],
  instruction: 'Bye',
  output: 'Ciao',
};
const call: Conversation = {
  id: '3',
  messages: [
    { role: 'user', content: 'Weather?' },
    { role: 'assistant', content: 'weather()' },
    { role: 'tool', content: 'rain' },
    { role: 'assistant', content: 'It rains.', train: true },
  ],
  tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }],
};
const unlearned: DataRecord = {
  id: '7',
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Yo.', train: false },
    { role: 'user', content: 'Bye' },
    { role: 'assistant', content: 'See you.' },
  ],
};
const picture: DataRecord = {
  id: '4',
  messages: [
    { role: 'user', content: [{ type: 'image', image: 'cat.png' }] },
    { role: 'assistant', content: 'A cat.' },
  ],
};
const named: DataRecord = {
  id: '9',
  messages: [
    { role: 'user', content: 'Hi', name: 'Ann' },
    { role: 'assistant', content: 'Ho' },
  ],
};
const tokens: DataRecord = { id: '5', input_ids: [1, 2], labels: [-100, 2] };

describe('what is written reads back as it was', () => {
  test.each([
    ['alpaca', [instance, talk]],
    ['sharegpt', [dialogue, call, unlearned]],
    ['messages', [dialogue, call, unlearned, picture]],
    ['tokenized', [tokens]],
  ])('as %s, in both layouts', async (format, records) => {
    for (const ending of ['jsonl', 'json']) {
      const file = at(`${format}.${ending}`);
      expect(await writeRecords(file, records, { format })).toBe(records.length);
      expect(await readBack(file)).toEqual(records);
    }
  });
});

/** What a model would see and learn of a record. */
function shown(record: DataRecord): unknown {
  if (isTokenized(record)) return record;
  const { id, messages, tools, meta } = toConversation(record);
  const turns = messages.map(({ role, content, train }) => [
    role,
    content,
    train ?? role === 'assistant',
  ]);
  return { id, turns, tools, meta };
}

describe('from one format to another and back, what is learned stays or the record is counted as left out', () => {
  const names = ['alpaca', 'sharegpt', 'messages', 'tokenized'];
  const pairs = names.flatMap((first) => names.map((second) => [first, second] as const));
  test.each(pairs)('%s to %s', async (first, second) => {
    const records = [instance, dialogue, talk, call, unlearned, picture, tokens];
    const report = createReport();
    const [there, back] = [at(`${first}-${second}.jsonl`), at(`${first}-${second}-back.jsonl`)];
    await writeRecords(there, records, { format: first, report });
    let written = await readBack(there);
    for (const format of [second, first]) {
      await writeRecords(back, written, { format, report });
      written = existsSync(back) && readFileSync(back, 'utf8') !== '' ? await readBack(back) : [];
    }
    const lost = report
      .report()
      .steps.flatMap(({ dropped }) => dropped.map(({ count }) => count))
      .reduce((sum, count) => sum + count, 0);
    const stayed = records.filter(({ id }) => written.some((record) => record.id === id));
    expect(written.map(shown)).toEqual(stayed.map(shown));
    expect(stayed.length + lost).toBe(records.length);
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
  const noTools: DataRecord = { id: '8', messages: call.messages };
  const calling: DataRecord = {
    id: '6',
    messages: [
      { role: 'user', content: 'a' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: 'add', arguments: {} } }],
      },
    ],
  };
  const some = [instance, call, noTools, picture, tokens, calling, unlearned, named];
  await writeRecords(at('some.jsonl'), some, {
    format: 'alpaca',
    report,
  });
  expect(report.report().steps[0]).toMatchObject({
    rowsIn: 8,
    rowsOut: 1,
    dropped: [
      { reason: 'alpaca rows hold no tools', examples: ['3'], code: 'not-written' },
      { reason: 'alpaca rows hold turns of user and assistant alone', examples: ['8'] },
      { reason: 'alpaca rows hold text alone', examples: ['4'] },
      { reason: 'tokens have no text', examples: ['5'] },
      { reason: 'alpaca rows have no place for structured calls of tools', examples: ['6'] },
      { reason: 'alpaca rows learn every answer and nothing else', examples: ['7'] },
      {
        reason: 'alpaca rows have no place for who speaks or which call is answered',
        examples: ['9'],
      },
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
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('a folder that does not exist is an error that names the file', async () => {
  await expect(
    writeRecords(at('no/such/a.jsonl'), [instance], { format: 'alpaca' }),
  ).rejects.toThrow(/no\/such\/a\.jsonl was not written: it does not exist \(ENOENT\)/);
});

test.each([
  [
    'a.md',
    'alpaca',
    'accepted: .jsonl, .json, .csv, .tsv, .parquet, .arrow, .yaml, .txt, each also with .gz',
  ],
  ['a.jsonl.zst', 'alpaca', 'rows are not written packed by zstd'],
  ['a.jsonl', 'alpacca', 'there is no dataset adapter named "alpacca"; nearest: "alpaca"'],
])('%s as %s is refused', async (name, format, message) => {
  await expect(writeRecords(at(name), [instance], { format })).rejects.toThrow(message);
  expect(existsSync(at(name))).toBe(false);
});

test.each(['a.jsonl.gz', 'a.csv', 'a.parquet', 'a.arrow', 'a.yaml', 'a.json.gz', 'a.parquet.gz'])(
  '%s gives back the records, and leaves nothing beside it',
  async (name) => {
    // Enough that rows of typed columns are kept beside the file meanwhile.
    const count = /csv|parquet|arrow/.test(name) ? 3000 : 30;
    const records = Array.from({ length: count }, (_, index) => ({
      id: `r${index}`,
      instruction: `Say number ${index}, "quoted"`,
      output: `${'long '.repeat(300)}${index}`,
    }));
    const file = at(name);
    expect(await writeRecords(file, records, { format: 'alpaca' })).toBe(count);
    const again: unknown[] = [];
    for await (const record of readRecords(file)) again.push(record);
    expect(again).toEqual(records);
    expect(readdirSync(folder).filter((one) => one.startsWith(`${name}.`))).toEqual([]);
  },
);
