import { gzipSync } from 'node:zlib';
import { memoryFiles, readText, type DataRecord } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { writeRecords } from '../write/write-records.ts';
import { readRecords } from './read-records.ts';
import { readRows } from './read-rows.ts';

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found = [];
  for await (const item of items) found.push(item);
  return found;
}

const record: DataRecord = { id: '1', instruction: 'Name a color', output: 'Blue é' };

test('records are written to and read from any files', async () => {
  const files = memoryFiles();
  expect(await writeRecords(files, 'data/colors.json', [record], { format: 'alpaca' })).toBe(1);
  expect(await readText(files, 'data/colors.json')).toMatch(/^\[\n\{.*\}\n\]\n$/);
  expect(await all(readRecords(files, 'data/colors.json'))).toEqual([record]);
});

test('without Node gzip is unpacked as well', async () => {
  const rows = Array.from({ length: 5000 }, (_, a) => ({ a, text: `row ${a * a}` }));
  const packed = gzipSync(rows.map((row) => JSON.stringify(row)).join('\n'));
  const read = await all(readRows(memoryFiles({ 'rows.jsonl.gz': packed }), 'rows.jsonl.gz'));
  expect(read.map((row) => 'value' in row && row.value)).toEqual(rows);
});

test.each([
  ['no gzip', new TextEncoder().encode('no gzip')],
  ['cut off', gzipSync('{"a":1}\n'.repeat(1000)).subarray(0, 40)],
])('without Node a broken gzip is an error: %s', async (_, content) => {
  await expect(
    all(readRows(memoryFiles({ 'a.jsonl.gz': content }), 'a.jsonl.gz')),
  ).rejects.toMatchObject({ code: 'unreadable-file' });
});

test('gzip is known by its content, not by the name alone', async () => {
  const files = memoryFiles({ 'rows.jsonl': gzipSync('{"a":1}\n{"a":2}\n') });
  const read = await all(readRows(files, 'rows.jsonl'));
  expect(read.map((row) => 'value' in row && row.value)).toEqual([{ a: 1 }, { a: 2 }]);
});

test.each([
  ['zip', [0x50, 0x4b, 0x03, 0x04, 0x14, 0x00]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
])('%s is named as what it is, instead of broken text', async (kind, bytes) => {
  const files = memoryFiles({ 'rows.jsonl': Uint8Array.from(bytes) });
  await expect(all(readRows(files, 'rows.jsonl'))).rejects.toMatchObject({
    code: 'packed-file',
    message: expect.stringContaining(`its first bytes are those of ${kind}`) as string,
  });
});
