import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commit, hubServer, type HubServer } from '@tunesmith/config/hub';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hubDataset } from './dataset.ts';
import type { HubSettings } from './settings.ts';

const first = commit('a');
let hub: HubServer;
let settings: HubSettings;
beforeEach(async () => {
  const cache = await mkdtemp(join(tmpdir(), 'hub-data-'));
  hub = await hubServer({
    'datasets/org/rows': {
      refs: { main: first },
      commits: { [first]: { 'README.md': '# Rows', 'data/train.jsonl': '{"a":1}\n' } },
    },
    'datasets/org/closed': { refs: { main: first }, commits: { [first]: { a: 'x' } }, gated: true },
  });
  settings = { endpoint: hub.endpoint, cache, offline: false };
});
afterEach(() => hub.close());
const patience = { tries: 2, pause: 1 };

test('lists the files of a data set, and brings one when it is asked for, once', async () => {
  const { files, fetch, commit: found } = await hubDataset('org/rows', { settings });
  expect([found, files]).toEqual([first, ['README.md', 'data/train.jsonl']]);
  expect(hub.fetched()).toEqual([]);
  expect(await readFile(await fetch('data/train.jsonl'), 'utf8')).toBe('{"a":1}\n');
  await fetch('data/train.jsonl');
  expect(hub.fetched()).toEqual(['hub train.jsonl']);
});

test('keeps files where Python looks for them, and reads them there without the hub', async () => {
  const path = await (await hubDataset('org/rows', { settings })).fetch('data/train.jsonl');
  expect(path).toBe(
    join(settings.cache, 'datasets--org--rows', 'snapshots', first, 'data', 'train.jsonl'),
  );
  const offline = await hubDataset('org/rows', { settings: { ...settings, offline: true } });
  expect(offline.files).toEqual(['data/train.jsonl']);
  expect(await offline.fetch('data/train.jsonl')).toBe(path);
  await expect(offline.fetch('README.md')).rejects.toMatchObject({ code: 'not-cached' });
});

test('what the hub refuses is named for what it is', async () => {
  await expect(hubDataset('org/none', { settings, patience })).rejects.toMatchObject({
    code: 'missing-dataset',
  });
  const closed = await hubDataset('org/closed', { settings, patience });
  await expect(closed.fetch('a')).rejects.toMatchObject({
    code: 'gated-dataset',
    accepted: expect.stringContaining(`${hub.endpoint}/datasets/org/closed`) as string,
  });
  hub.troubles.push({ path: /tree/, status: 429 });
  await expect(hubDataset('org/rows', { settings, patience })).rejects.toMatchObject({
    code: 'hub-busy',
  });
});

test('where the hub fails, what is cached is used with a warning', async () => {
  await (await hubDataset('org/rows', { settings })).fetch('data/train.jsonl');
  hub.troubles.push({ path: /api/, status: 503 });
  const told: string[] = [];
  const onWarning = ({ code }: { code: string }) => void told.push(code);
  const kept = await hubDataset('org/rows', { settings, patience, onWarning });
  expect([kept.files, told]).toEqual([['data/train.jsonl'], ['cached-dataset']]);
});
