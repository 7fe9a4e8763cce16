import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { memoryFiles } from '@tunesmith/schema';
import { describe, expect, it, test } from 'vitest';
import { readRows } from '../node/files.ts';
import { dataFile } from '../read/data-file.ts';
import { arrow } from './arrow.ts';
import { builtinLayouts, fileLayout, layoutOf } from './builtin.ts';
import { json, jsonLines } from './json.ts';
import { parquet } from './parquet.ts';
import { csv, tsv } from './table.ts';
import { rowsOfFile, testFileLayout, writtenFile } from './test-support/test-file-layout.ts';
import { text, textDocument } from './text.ts';
import { yaml } from './yaml.ts';

const rows = [
  {
    id: 'a',
    messages: [
      { role: 'user', content: 'Name a "color",\nplease ☕' },
      { role: 'assistant', content: 'Blue' },
    ],
    number: 3,
    share: 0.5,
    good: true,
    tags: ['x', ''],
    meta: { source: 'here', deep: [{ a: null }] },
    mixed: 'text',
  },
  {
    id: 'b',
    messages: [{ role: 'user', content: '' }],
    number: -9007199254740991,
    share: 1e300,
    good: false,
    tags: [],
    meta: { license: 'MIT' },
    mixed: [1, 'two'],
  },
];
for (const layout of [jsonLines, json, yaml]) testFileLayout(layout, { rows });
testFileLayout(parquet, { rows, cut: 'it is no whole Parquet file' });
testFileLayout(arrow, { rows, cut: 'it ends inside message 2' });

const texts = [
  { instruction: 'Name a "color",\nplease', output: 'Blue; or\tgreen ☕' },
  { instruction: ' spaces ', output: '' },
];
for (const layout of [csv, tsv]) testFileLayout(layout, { rows: texts });
testFileLayout(text, { rows: [{ text: 'one ☕' }, { text: 'two' }] });

describe('files of others', () => {
  const folder = fileURLToPath(new URL('../../goldens/layouts', import.meta.url));
  const expected: unknown = JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8'));
  const files = ['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'].map(
    (name) => `${name}.parquet`,
  );
  it.each([...files, 'stream.arrow', 'lz4.feather', 'zstd.feather', 'rows.jsonl.zst'])(
    '%s holds the same rows as in Python',
    async (name) => {
      const found: unknown[] = [];
      for await (const row of readRows(join(folder, name))) found.push('value' in row && row.value);
      expect(found).toEqual(expected);
    },
  );

  it('an Arrow file that breaks off is an error, not fewer rows', async () => {
    const whole = readFileSync(join(folder, 'lz4.feather'));
    for (const length of [9, 500, 2000, 3500]) {
      const cut = memoryFiles({ 'a.feather': whole.subarray(0, length) });
      await expect(
        rowsOfFile(arrow, dataFile(cut, 'a.feather')),
        `${length}`,
      ).rejects.toMatchObject({ code: 'unreadable-file' });
    }
  });

  it('whatever byte of a zstd file is wrong, there are rows or an error that names the file', async () => {
    const whole = readFileSync(join(folder, 'rows.jsonl.zst'));
    for (let at = 0; at < whole.length; at += 3) {
      const bytes = Uint8Array.from(whole);
      bytes[at]! ^= 0x55;
      const file = dataFile(memoryFiles({ 'a.jsonl.zst': bytes }), 'a.jsonl.zst');
      await rowsOfFile(jsonLines, file).catch((error: unknown) => {
        expect(error, `byte ${at}: ${String(error)}`).toMatchObject({ name: 'TunesmithError' });
        expect(String(error)).toContain('a.jsonl.zst');
      });
    }
  });
});

test('numbers beyond 2^53 are read as text, and that is noted', async () => {
  const { ByteWriter, parquetWrite } = await import('hyparquet-writer');
  const writer = new ByteWriter();
  const data = [9007199254740993n, 5n];
  parquetWrite({ writer, columnData: [{ name: 'n', data, type: 'INT64' }] });
  const files = memoryFiles({ 'n.parquet': writer.getBytes() });
  expect(await rowsOfFile(parquet, dataFile(files, 'n.parquet'))).toMatchObject([
    { value: { n: '9007199254740993' }, notes: [{ code: 'large-integer' }] },
    { value: { n: 5 } },
  ]);
});

test.each([
  ['rows.parquet', 'parquet'],
  ['a/b/rows.JSONL.gz', 'jsonl'],
  ['rows.ndjson.zst', 'jsonl'],
  ['notes.txt', 'text'],
  ['page.md', 'document'],
  ['rows.yml', 'yaml'],
  ['rows.feather', 'arrow'],
])('%s is %s by its name', (name, layout) => {
  expect(fileLayout(name).name).toBe(layout);
});

test('Parquet and Arrow are known by their first bytes, packed or not', async () => {
  const said: string[] = [];
  const [packed, bytes] = [
    gzipSync(await writtenFile(parquet, rows)),
    await writtenFile(arrow, rows),
  ];
  const files = memoryFiles({ 'a.jsonl': packed, 'b.bin': bytes });
  for (const [name, layout] of [
    ['a.jsonl', parquet],
    ['b.bin', arrow],
  ] as const) {
    const file = dataFile(files, name);
    expect(await layoutOf(file, (reason) => said.push(reason))).toBe(layout);
    expect((await rowsOfFile(layout, file)).length).toBe(2);
  }
  expect(said).toEqual([
    'its first bytes are those of parquet; it is read so',
    'its first bytes are those of arrow; it is read so',
  ]);
});

test('a document is one row, a text a row a line', async () => {
  const files = memoryFiles({ 'a.md': '# One\n\ntwo\n', 'a.txt': 'one\n\n two \r\n' });
  expect(await rowsOfFile(textDocument, dataFile(files, 'a.md'))).toMatchObject([
    { value: { text: '# One\n\ntwo\n' }, line: 1 },
  ]);
  expect(await rowsOfFile(text, dataFile(files, 'a.txt'))).toMatchObject([
    { value: { text: 'one' }, line: 1 },
    { value: { text: ' two ' }, line: 3 },
  ]);
});

test('YAML may be documents that follow one another; a broken one is a row of its own', async () => {
  const written = 'instruction: one\noutput: a\n---\n{ broken\n---\ninstruction: two\n---\n- 5\n';
  const found = await rowsOfFile(yaml, dataFile(memoryFiles({ 'a.yaml': written }), 'a.yaml'));
  expect(found).toMatchObject([
    { line: 1, value: { instruction: 'one', output: 'a' } },
    { line: 5, error: { code: 'malformed-row' } },
    { line: 6, value: { instruction: 'two' } },
    {
      line: 8,
      error: { message: expect.stringContaining('a.yaml:8: the row is no mapping') as string },
    },
  ]);
});

test('a long list of YAML is read some items at a time, with the lines of each', async () => {
  const items = Array.from(
    { length: 900 },
    (_, row) => `- n: ${row}\n  text: "${'x'.repeat(100)}"\n`,
  );
  const read = async (list: string) =>
    rowsOfFile(yaml, dataFile(memoryFiles({ 'a.yaml': list }), 'a.yaml'));
  const found = await read(items.join(''));
  expect(found).toHaveLength(900);
  expect(found[899]).toMatchObject({ value: { n: 899 }, line: 1799, index: 899 });
  const shared = await read(`- &first\n  n: 1\n${items.join('')}- *first\n`);
  expect(shared.at(-1)).toMatchObject({ value: { n: 1 } });
});

test('YAML whose aliases multiply is refused', async () => {
  const list = 'a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n';
  const bomb = `${list}c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c]\n`;
  const found = await rowsOfFile(yaml, dataFile(memoryFiles({ 'a.yaml': bomb }), 'a.yaml'));
  expect(found).toMatchObject([{ error: { code: 'malformed-row' } }]);
});

test('layouts have names and endings of their own', () => {
  const names = builtinLayouts.map(({ name }) => name);
  const endings = builtinLayouts.flatMap((layout) => layout.endings);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(endings).size).toBe(endings.length);
});
