import { appendFile, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '@tunesmith/schema';
import { beforeEach, expect, test } from 'vitest';
import { openEventLog, readEvents } from './event-log.ts';
import { checkRunFolder, openRunFolder } from './folder.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'run-'));
});

const step = (number: number): RunEvent => ({
  type: 'step',
  step: number,
  loss: 1,
  grad_norm: 1,
  learning_rate: 1e-4,
  supervised_tokens: 3,
});

test('a new folder is made, an empty one is taken', async () => {
  await openRunFolder(join(home, 'a', 'b'));
  await openRunFolder(join(home, 'a', 'b'));
  expect(await readdir(join(home, 'a', 'b'))).toEqual([]);
});

test('a folder that is not empty is refused, and nothing in it is touched', async () => {
  await writeFile(join(home, 'recipe.yaml'), 'x');
  await expect(openRunFolder(home)).rejects.toThrow(
    'is not empty; accepted: a new folder, or --resume',
  );
  expect(await readdir(home)).toEqual(['recipe.yaml']);
});

test('overwriting removes what a run wrote and nothing else', async () => {
  await writeFile(join(home, 'recipe.yaml'), 'x');
  await mkdir(join(home, 'checkpoints'));
  await writeFile(join(home, 'notes.txt'), 'mine');
  await openRunFolder(home, { overwrite: true });
  expect(await readdir(home)).toEqual(['notes.txt']);
});

test('a folder without a run is never overwritten', async () => {
  await writeFile(join(home, 'thesis.txt'), 'years of work');
  await expect(openRunFolder(home, { overwrite: true })).rejects.toThrow(
    'holds no run, so it will not be overwritten',
  );
});

test('resuming needs a run', async () => {
  await expect(checkRunFolder(join(home, 'no'), { resume: true })).rejects.toThrow(
    'there is no run in',
  );
  await writeFile(join(home, 'events.jsonl'), '');
  expect(await checkRunFolder(home, { resume: true })).toEqual(['events.jsonl']);
});

test('a file in place of the folder is refused', async () => {
  await writeFile(join(home, 'file'), '');
  await expect(openRunFolder(join(home, 'file'))).rejects.toThrow(
    'cannot be used: a part of the path is no folder (ENOTDIR)',
  );
});

test('events are appended, one line each', async () => {
  const file = join(home, 'events.jsonl');
  for (const number of [1, 2]) {
    const log = openEventLog(file);
    log.append(step(number));
    log.close();
  }
  expect((await readFile(file, 'utf8')).split('\n')).toEqual([
    JSON.stringify(step(1)),
    JSON.stringify(step(2)),
    '',
  ]);
});

test('a line that a crash cut off is ended, and passed over when read', async () => {
  const file = join(home, 'events.jsonl');
  await appendFile(file, `${JSON.stringify(step(1))}\n{"type":"step","st`);
  const log = openEventLog(file);
  log.append(step(2));
  log.close();
  expect(await readEvents(file)).toEqual([step(1), step(2)]);
});

test('there are no events where there is no file', async () => {
  expect(await readEvents(join(home, 'no.jsonl'))).toEqual([]);
});
