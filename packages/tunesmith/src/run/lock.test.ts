import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { lockFolder, lockName } from './lock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lock-'));
});

test.each([
  ['free', undefined],
  ['held by a process that is gone', JSON.stringify({ token: 'x', pid: 1, started: 'never' })],
  ['held by a file that says nothing', ''],
])('of many that take a folder at once, one has it: %s', async (_, earlier) => {
  if (earlier !== undefined) await writeFile(join(directory, lockName), earlier);
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(directory)));
  const [holder, ...more] = all.filter((one) => one.status === 'fulfilled');
  expect(more).toEqual([]);
  expect(await readdir(directory)).toEqual([lockName]);
  for (const one of all)
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'run-locked' });
  await holder!.value.release();
  expect(await readdir(directory)).toEqual([]);
});
