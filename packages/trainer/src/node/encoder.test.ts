import { mkdtemp, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tokenized } from '@tunesmith/schema';
import { beforeEach, describe, expect, test } from 'vitest';
import { tinyObjective } from '../../test-support/causal-rows.ts';
import { prepareData, type PreparedData } from '../data/prepare.ts';
import { createEncoder } from './encoder.ts';
import { openEncodingThreads } from './encoding-threads.ts';
import { tokenShards } from './token-shards.ts';

const objective = tinyObjective({ maximumLength: 24 });

const record = (i: number): Tokenized => {
  const input_ids = Array.from({ length: 3 + (i % 17) }, (_, at) => (i * 7 + at * 5) % 32);
  return { id: `${i}`, input_ids, labels: input_ids.map((id, at) => (at < 2 ? -100 : id)) };
};
const records = Array.from({ length: 2500 }, (_, i) => record(i));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'encoder-'));
});

/** Prepares records with shards in the folder, and tells how many records were found there. */
async function prepared(
  given: readonly Tokenized[],
  settings = 'a',
): Promise<PreparedData & { found: number }> {
  let found = 0;
  const encoder = createEncoder({
    objective,
    shards: tokenShards(join(folder, 'tokens'), settings),
    onGroup: (group) => (found += group.found ? group.records : 0),
  });
  return { ...(await prepareData(given, { objective, packing: true, encoder })), found };
}

describe('shards of tokens', () => {
  test('give the rows that memory gives, and are found the second time', async () => {
    const inMemory = await prepareData(records, { objective, packing: true });
    const first = await prepared(records);
    const second = await prepared(records);
    expect([first.found, second.found]).toEqual([0, 2500]);
    for (const { source, report, used } of [first, second]) {
      expect(source.fingerprint()).toEqual(inMemory.source.fingerprint());
      expect(source.row(7)).toEqual(inMemory.source.row(7));
      expect({ report, used }).toEqual({ report: inMemory.report, used: inMemory.used });
    }
  });

  test('are used again as far as the records are the same', async () => {
    await prepared(records);
    const longer = [...records, record(2500)];
    expect((await prepared(longer)).found).toBe(2000);
    const changed = records.map((one, i) => (i === 1500 ? record(9) : one));
    expect((await prepared(changed)).found).toBe(1500);
  });

  test('made by other settings are not used', async () => {
    await prepared(records, 'a');
    expect((await prepared(records, 'b')).found).toBe(0);
  });

  test('that are not whole are made anew', async () => {
    const { source } = await prepared(records);
    const tokens = join(folder, 'tokens');
    const [first, second] = (await readdir(tokens)).map((name) => join(tokens, name));
    await truncate(first!, (await readFile(first!)).length - 8);
    await writeFile(second!, 'else');
    const again = await prepared(records);
    expect(again.found).toBeLessThanOrEqual(1000);
    expect(again.source.fingerprint()).toEqual(source.fingerprint());
  });
});

describe('threads', () => {
  const module = new URL('../../test-support/encoding-thread.mjs', import.meta.url);

  test('make the examples of records in their order', async () => {
    const threads = openEncodingThreads({ module, data: { refused: '1700' }, threads: 2 });
    const encoder = createEncoder({ objective, threads });
    const seen: string[] = [];
    const refused: string[] = [];
    for await (const { record: one, encoding } of encoder.encode(records)) {
      seen.push(encoding.example?.id ?? one.id);
      if (encoding.refusal !== undefined) refused.push(one.id);
    }
    await threads.close();
    expect(seen).toEqual(records.map(({ id }) => id));
    expect(refused).toEqual(['1700']);
  });

  test('tell what is wrong with a record as this thread would', async () => {
    const threads = openEncodingThreads({ module, data: { wrong: '2100' }, threads: 2 });
    const prepare = prepareData(records, {
      objective,
      packing: true,
      encoder: createEncoder({ objective, threads }),
    });
    await expect(prepare).rejects.toMatchObject({
      code: 'wrong-row',
      problems: ['example "2100" is wrong'],
      accepted: ['others'],
    });
    await threads.close();
  });

  test('that cannot begin are an error', async () => {
    const nowhere = new URL('nowhere.mjs', module);
    const threads = openEncodingThreads({ module: nowhere, data: {}, threads: 1 });
    await expect(threads.encode(records)).rejects.toThrow(/nowhere/);
    await threads.close();
  });
});
