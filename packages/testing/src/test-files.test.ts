import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { filesBelow, httpFiles, memoryFiles, type Files } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { afterAll, expect, it } from 'vitest';
import { testFiles } from './test-files.ts';

type Content = Readonly<Record<string, Uint8Array>>;

const folders: string[] = [];
const servers: Server[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
  for (const server of servers) server.close().closeAllConnections();
});

testFiles('memory', {
  open: async (content) => memoryFiles(content),
  writable: true,
  listable: true,
});

testFiles('below a folder', {
  open: async (content) => {
    const placed = Object.entries(content).map(([path, bytes]) => [`some/folder/${path}`, bytes]);
    const beside = { 'some/folder.txt': new Uint8Array(1), beside: new Uint8Array(2) };
    return filesBelow(memoryFiles({ ...beside, ...Object.fromEntries(placed) }), 'some/folder');
  },
  writable: true,
  listable: true,
});

testFiles('node', {
  async open(content) {
    const folder = await mkdtemp(join(tmpdir(), 'tunesmith-files-'));
    folders.push(folder);
    for (const [path, bytes] of Object.entries(content)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), bytes);
    }
    return nodeFiles(folder);
  },
  replace: (files, path, bytes) => writeFile(files.locate(path), bytes),
  writable: true,
  listable: true,
});

/** What a server leaves out of what it could say. */
interface Manners {
  readonly ranges: boolean;
  readonly lengths: boolean;
}

/** A server of files; what it was asked for is noted. */
async function serve(
  content: Content,
  { ranges, lengths }: Manners,
): Promise<{ address: string; held: Map<string, Uint8Array>; sent: () => number }> {
  const held = new Map(Object.entries(content));
  let sent = 0;
  const server = createServer((request, response) => {
    const bytes = held.get(decodeURIComponent(request.url!.replace('/models/', '')));
    if (bytes === undefined) return response.writeHead(404).end();
    response.setHeader('ETag', `"${Buffer.from(bytes.subarray(0, 8)).toString('hex')}"`);
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const isHead = request.method === 'HEAD';
    if (!ranges || from === undefined) {
      if (lengths) response.setHeader('Content-Length', bytes.length);
      sent += isHead ? 0 : bytes.length;
      return response.end(isHead ? undefined : bytes);
    }
    if (Number(from) >= bytes.length)
      return response.writeHead(416, { 'Content-Range': `bytes */${bytes.length}` }).end();
    const piece = bytes.subarray(Number(from), Number(to) + 1);
    sent += piece.length;
    const end = Number(from) + piece.length - 1;
    const range = `bytes ${from}-${end}/${bytes.length}`;
    return response.writeHead(206, { 'Content-Range': range }).end(piece);
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  return { address: `http://127.0.0.1:${port}/models`, held, sent: () => sent };
}

const replacements = new WeakMap<Files, (path: string, bytes: Uint8Array) => void>();

for (const [name, manners, listable] of [
  ['http', { ranges: true, lengths: true }, false],
  ['http with an index', { ranges: true, lengths: true }, true],
  ['http of a server that does not say lengths', { ranges: true, lengths: false }, false],
  ['http of a server without ranges', { ranges: false, lengths: true }, false],
] as const) {
  testFiles(name, {
    async open(content) {
      const { address, held } = await serve(content, manners);
      const files = httpFiles(address, listable ? { index: Object.keys(content) } : {});
      replacements.set(files, (path, bytes) => held.set(path, bytes));
      return files;
    },
    replace: async (files, path, bytes) => replacements.get(files)!(path, bytes),
    writable: false,
    listable,
  });
}

it('http asks for nothing but the range', async () => {
  const bytes = new Uint8Array(1_000_000).fill(3);
  const { address, sent } = await serve({ 'big file': bytes }, { ranges: true, lengths: true });
  const files = httpFiles(`${address}/`);
  const state = await files.stat('big file');
  await files.read('big file', new Uint8Array(1000), 500_000, state);
  expect(sent()).toBe(1000);
});

it('http says what the server answered', async () => {
  const fetch = async (): Promise<Response> =>
    new Response(null, { status: 403, statusText: 'Forbidden' });
  await expect(httpFiles('http://models.example', { fetch }).stat('a')).rejects.toThrow(
    'http://models.example/a cannot be read: the server answered 403 Forbidden',
  );
});
