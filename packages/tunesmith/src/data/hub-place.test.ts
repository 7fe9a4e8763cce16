import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commit, hubServer, type HubServer } from '@tunesmith/config/hub';
import { writeRecords } from '@tunesmith/datasets/node';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pinHubRows } from './hub-place.ts';
import { convertData } from './convert.ts';
import { dataStatistics } from './statistics.ts';

const [own, copied] = [commit('a'), commit('b')];
const line = (word: string): string =>
  `${JSON.stringify({ instruction: `Say ${word}`, output: word })}\n`;

/** Rows as Parquet. */
async function parquetOf(words: string[]): Promise<Uint8Array> {
  const file = join(await mkdtemp(join(tmpdir(), 'rows-')), 'rows.parquet');
  const records = words.map((word) => ({ id: word, instruction: `Say ${word}`, output: word }));
  await writeRecords(file, records, { format: 'alpaca' });
  return readFile(file);
}

let hub: HubServer;
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hub-rows-'));
  const [one, two, test] = await Promise.all([['a'], ['b'], ['t']].map(parquetOf));
  hub = await hubServer({
    'datasets/org/rows': {
      refs: { main: own, 'refs/convert/parquet': copied },
      commits: {
        [own]: { 'train.jsonl': line('own'), 'test.jsonl': line('own test') },
        [copied]: {
          'default/train/0000.parquet': one!,
          'default/train/0001.parquet': two!,
          'default/test/0000.parquet': test!,
        },
      },
    },
    'datasets/org/plain': { refs: { main: own }, commits: { [own]: { 'rows.jsonl': line('p') } } },
  });
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  vi.stubEnv('HF_HUB_CACHE', join(home, 'cache'));
  vi.stubEnv('HF_HUB_OFFLINE', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});

async function outputs(path: string, limit?: number): Promise<string[]> {
  const out = join(home, `${Math.random()}.jsonl`);
  await convertData({ path, to: 'alpaca', out, ...(limit === undefined ? {} : { limit }) });
  const lines = (await readFile(out, 'utf8')).trim().split('\n');
  return lines.map((text) => (JSON.parse(text) as { output: string }).output);
}

test("a split of the hub's copy in Parquet is read, each file of it once", async () => {
  expect(await outputs('hf://org/rows/default/train')).toEqual(['a', 'b']);
  expect(await outputs('hf://datasets/org/rows/default/test')).toEqual(['t']);
  expect(await outputs('hf://org/rows/default/train')).toEqual(['a', 'b']);
  expect(hub.fetched().sort()).toEqual([
    'storage 0000.parquet',
    'storage 0000.parquet',
    'storage 0001.parquet',
  ]);
});

test('only the files whose rows are wanted come', async () => {
  expect(await outputs('hf://org/rows/default/train', 1)).toEqual(['a']);
  expect(hub.fetched()).toEqual(['storage 0000.parquet']);
});

test('a revision is read as the repository has it, and so is one without a copy', async () => {
  expect(await outputs('hf://org/rows@main/default/test')).toEqual(['own test']);
  expect(await outputs('hf://org/rows@main/train.jsonl')).toEqual(['own']);
  expect(await outputs('hf://org/plain')).toEqual(['p']);
});

test('a name with its commit stands for the same rows forever', async () => {
  expect(await pinHubRows('hf://org/rows/default/train')).toBe(
    `hf://org/rows@${copied}/default/train`,
  );
  expect(await outputs(`hf://org/rows@${copied}/default/train`)).toEqual(['a', 'b']);
});

test('what is not said, or is not there, is an error that lists what is', async () => {
  const stats = (path: string) => dataStatistics({ path });
  await expect(stats('hf://org/rows')).rejects.toThrow('which split is meant is not said');
  await expect(stats('hf://org/rows/default/tset')).rejects.toThrow('nearest: "test"');
  await expect(stats('hf://org/none')).rejects.toMatchObject({ code: 'missing-dataset' });
  await expect(stats('hf://org')).rejects.toMatchObject({ code: 'not-a-hub-name' });
  await expect(stats('hf://org/rows/no/such.jsonl')).rejects.toMatchObject({
    code: 'missing-file',
  });
});

test('without the hub what is cached is read', async () => {
  await outputs('hf://org/rows/default/train');
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  expect(await outputs('hf://org/rows/default/train')).toEqual(['a', 'b']);
  await expect(outputs('hf://org/plain')).rejects.toMatchObject({ code: 'not-cached' });
});

test('rows that cannot be read are kept aside, with place, reason and what stands there', async () => {
  const path = join(home, 'rows.jsonl');
  await writeFile(path, `${line('a')}{broken\n{"instruction":5}\n`);
  const quarantine = join(home, 'aside.jsonl');
  const out = join(home, 'out.jsonl');
  const asked = { path, to: 'alpaca', out, onError: 'quarantine', quarantine } as const;
  expect((await convertData(asked)).written).toBe(1);
  const kept = (await readFile(quarantine, 'utf8')).trim().split('\n');
  expect(kept.map((text) => JSON.parse(text) as object)).toMatchObject([
    { file: path, line: 2, code: 'malformed-row', row: '{broken' },
    { line: 3, code: 'invalid-row', row: { instruction: 5 } },
  ]);
});
