import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { DataRecord } from '@tunesmith/schema';
import { afterEach, expect, test } from 'vitest';
import { createReport } from '../../report/data-report.ts';
import type { ReadOptions } from '../../read/read-options.ts';
import { recordsOf } from '../../read/read-records.ts';
import { parquet } from '../../layouts/parquet.ts';
import { writtenFile } from '../../layouts/test-support/test-file-layout.ts';
import { readRecords } from '../files.ts';
import { addressFile } from './address.ts';
import { standardInput } from './standard-input.ts';

const line = (word: string): string =>
  `${JSON.stringify({ instruction: `Say ${word}`, output: word })}\n`;

async function read(path: string, options?: ReadOptions): Promise<DataRecord[]> {
  const records: DataRecord[] = [];
  for await (const record of readRecords(path, options)) records.push(record);
  return records;
}
const outputs = (records: DataRecord[]) => records.map((one) => 'output' in one && one.output);

function folderOf(files: Record<string, string | Uint8Array>): string {
  const folder = mkdtempSync(join(tmpdir(), 'places-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

test('a folder is every data file in it, in the order of their paths', async () => {
  const rows = await writtenFile(parquet, [{ instruction: 'Say c', output: 'c' }]);
  const folder = folderOf({
    'a.jsonl': line('a'),
    'b/rows.jsonl.gz': gzipSync(line('b')),
    'c.parquet': rows,
    'license.pdf': 'none of it',
    '.hidden.jsonl': line('hidden'),
  });
  const report = createReport();
  const records = await read(folder, { report });
  expect(outputs(records)).toEqual(['a', 'b', 'c']);
  expect(report.report().steps).toMatchObject([
    {
      name: `read ${folder} as alpaca`,
      rowsIn: 3,
      noted: [{ reason: 'what lies there is no data file by its name', examples: ['license.pdf'] }],
    },
  ]);
});

test('a pattern is every file that it matches; skip and limit count over all of them', async () => {
  const folder = folderOf({
    'x/rows.jsonl': line('a') + line('b'),
    'y/rows.jsonl': line('c') + line('d'),
    'y/rows.txt': 'none',
  });
  const records = await read(`${folder}/**/*.jsonl`, { skip: 1, limit: 2 });
  expect(outputs(records)).toEqual(['b', 'c']);
  expect(records.map(({ id }) => id)).toEqual(['rows.jsonl#1', 'y/rows.jsonl#0']);
  await expect(read(`${folder}/*.csv`)).rejects.toMatchObject({ code: 'no-data-files' });
  await expect(read(folderOf({ 'a.pdf': '' }))).rejects.toMatchObject({ code: 'no-data-files' });
});

test('ids that stand in several files are told apart, and a file of another format is named', async () => {
  const row = (rest: object) => `${JSON.stringify({ id: '1', ...rest })}\n`;
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Ho' },
  ];
  const folder = folderOf({
    'a.jsonl': row({ instruction: 'Say', output: 'a' }),
    'b.jsonl': row({ messages }),
  });
  const report = createReport();
  expect((await read(folder, { report })).map(({ id }) => id)).toEqual(['1', '1~2']);
  expect(report.report().steps[0]).toMatchObject({
    name: `read ${folder} as alpaca, messages`,
    noted: [{ code: 'other-format' }, { code: 'duplicate-id' }],
  });
});

test('a file of several that breaks off is counted, and the others are read', async () => {
  const packed = gzipSync(Buffer.from(line('lost').repeat(5000)));
  const folder = folderOf({
    'a.jsonl.gz': packed.subarray(0, packed.length - 40),
    'b.jsonl': line('kept'),
  });
  await expect(read(folder)).rejects.toMatchObject({ code: 'unreadable-file' });
  const report = createReport();
  const told: string[] = [];
  const onBadRow = ({ file, line: at }: { file: string; line: number }) =>
    void told.push(`${file.slice(folder.length + 1)}:${at}`);
  const records = await read(folder, { onError: 'skip', report, onBadRow });
  expect(outputs(records).at(-1)).toBe('kept');
  expect(told).toEqual([`a.jsonl.gz:${records.length}`]);
  expect(report.report().steps[0]!.dropped).toMatchObject([
    { reason: 'the rest of a file: unreadable-file', count: 1 },
  ]);
});

test('what comes through a pipe is read as it comes, and known by how it begins', async () => {
  let given = 0;
  const source = (async function* () {
    for (let row = 0; row < 2_000; row++) {
      given += 1;
      yield Buffer.from(line(`${row}`));
    }
  })();
  const file = standardInput(source);
  const place = { name: 'stdin', files: async () => ({ files: [file] }) };
  const records: DataRecord[] = [];
  for await (const record of recordsOf(place, { limit: 3 })) records.push(record);
  expect(outputs(records)).toEqual(['0', '1', '2']);
  expect(given).toBeLessThan(100);
  const all: DataRecord[] = [];
  for await (const record of recordsOf(place)) all.push(record);
  expect(all).toHaveLength(2_000);
});

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('an address is read as the file behind it, packed or not', async () => {
  const packed = gzipSync(line('a') + line('b'));
  const home = await serve((request, response) => {
    if (request.url === '/rows?version=2') response.end(packed);
    else response.writeHead(404).end();
  });
  expect(outputs(await read(`${home}/rows?version=2`))).toEqual(['a', 'b']);
  await expect(read(`${home}/other.jsonl`)).rejects.toThrow(
    `${home}/other.jsonl cannot be read: the server answered 404`,
  );
});

test('Parquet behind an address is read in ranges, and not as a whole', async () => {
  const rows = Array.from({ length: 30_000 }, (_, row) => ({
    instruction: `Say ${row}`,
    output: `${(row * 7919) % 10_007}`,
  }));
  const whole = await writtenFile(parquet, rows);
  let sent = 0;
  const home = await serve((request, response) => {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
    if (from === undefined) {
      response.setHeader('content-length', whole.length);
      return request.method === 'HEAD' ? response.end() : response.end(whole.subarray(0, 64));
    }
    const part = whole.subarray(Number(from), Number(to) + 1);
    sent += part.length;
    const range = `bytes ${from}-${to}/${whole.length}`;
    return response.writeHead(206, { 'content-range': range }).end(part);
  });
  expect(outputs(await read(`${home}/rows.parquet`, { limit: 2 }))).toEqual(['0', '7919']);
  expect(sent).toBeLessThan(whole.length);
});

test('a server that is busy is asked again as long after as it says; one that stays so is an error', async () => {
  let asked = 0;
  const home = await serve((_, response) => {
    asked += 1;
    if (asked === 2) response.end(line('a'));
    else response.writeHead(429, { 'retry-after': '0' }).end();
  });
  const patience = { tries: 2, pause: 1, longestWait: 10 };
  const file = addressFile(`${home}/a.jsonl`, patience);
  const pieces: Uint8Array[] = [];
  for await (const piece of file.bytes()) pieces.push(piece);
  expect(Buffer.concat(pieces).toString()).toBe(line('a'));
  await expect(async () => {
    for await (const _ of file.bytes());
  }).rejects.toThrow('the server answered 429');
});

test.each([
  ['garbage', '<html>Not here</html>', 'malformed-row'],
  ['no rows', '', 'no-rows'],
])('a server that answers with %s is an error with its address', async (_, body, code) => {
  const home = await serve((__, response) => response.end(body));
  await expect(read(`${home}/rows.jsonl`)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(`${home}/rows.jsonl`) as string,
  });
});

test('half an answer is an error, or is counted where errors are skipped', async () => {
  const text = line('a') + line('b');
  const home = await serve((_, response) => {
    response.writeHead(200, { 'content-length': text.length + 100 });
    response.write(text);
    setTimeout(() => response.destroy(), 50);
  });
  const place = {
    name: home,
    files: async () => ({
      files: [addressFile(`${home}/rows.jsonl`, { tries: 1, pause: 1, longestWait: 1 })],
    }),
  };
  const failing = async (): Promise<void> => {
    for await (const _ of recordsOf(place));
  };
  await expect(failing()).rejects.toMatchObject({ code: 'file-not-read' });
  const records: DataRecord[] = [];
  const report = createReport();
  for await (const record of recordsOf(place, { onError: 'skip', report })) records.push(record);
  expect(outputs(records)).toEqual(['a', 'b']);
  expect(report.report().steps[0]!.dropped).toMatchObject([
    { reason: 'the rest of a file: file-not-read', count: 1 },
  ]);
});
