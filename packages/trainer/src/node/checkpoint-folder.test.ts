import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostTensor } from '@tunesmith/runtime';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test-support/tiny.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import {
  listCheckpoints,
  readCheckpoint,
  removeCheckpoints,
  writeCheckpoint,
} from './checkpoint-folder.ts';
import { recoverFolders, writeFolder } from './folder.ts';

const tensor = (...values: number[]): HostTensor => ({
  data: Float32Array.from(values),
  shape: [values.length],
  dtype: 'float32',
});
const at = (step: number): Checkpoint => ({
  progress: { step, position: step * 4, seed: 1, evaluationsWithoutImprovement: 0 },
  description: { seed: 1 },
  parameters: { 'default/a': tensor(0.1, -0, 1e-40, step) },
  state: { 'adam.m/default/a': tensor(1, 2, 3, 4) },
});

test('a checkpoint reads back bit for bit', async () => {
  const path = await writeCheckpoint(await temporaryFolder(), at(12));
  expect(path).toMatch(/step-00000012$/);
  expect(await readCheckpoint(path)).toEqual(at(12));
});

test('a checkpoint of numbers that are not finite is refused by the name of the tensor', async () => {
  const broken = { ...at(3), state: { 'adam.v/default/a': tensor(1, Infinity, NaN) } };
  await expect(
    readCheckpoint(await writeCheckpoint(await temporaryFolder(), broken)),
  ).rejects.toThrow(/tensor "adam.v\/default\/a" holds Infinity at element 1; 2 of its 3 elements/);
});

test('only the newest checkpoints stay', async () => {
  const folder = await temporaryFolder();
  for (const step of [5, 10, 100_000_000, 15]) await writeCheckpoint(folder, at(step), 2);
  expect((await listCheckpoints(folder)).map((path) => path.slice(folder.length + 1))).toEqual([
    'step-00000015',
    'step-100000000',
  ]);
});

test('a full disk leaves the earlier checkpoint as it was, and nothing else', async () => {
  const folder = await temporaryFolder();
  const path = await writeCheckpoint(folder, at(5));
  const full = writeFolder(join(folder, 'step-00000006'), async (temporary) => {
    await writeFile(join(temporary, 'parameters.safetensors'), 'the first bytes still fit');
    await writeFile('/dev/full', 'the others do not');
  });
  await expect(full).rejects.toThrow(
    /could not write .*step-00000006: the disk is full \(ENOSPC\).*earlier folders are intact/,
  );
  expect(await readdir(folder)).toEqual(['step-00000005']);
  expect(await readCheckpoint(path)).toEqual(at(5));
});

test('a folder is replaced whole; if that fails the old one stays', async () => {
  const path = join(await temporaryFolder(), 'best');
  const fill = (text: string) => (folder: string) => writeFile(join(folder, 'file'), text);
  await writeFolder(path, fill('old'));
  await expect(writeFolder(path, () => Promise.reject(new Error('no')))).rejects.toThrow(/no/);
  expect(await readFile(join(path, 'file'), 'utf8')).toBe('old');
  await writeFolder(path, fill('new'));
  expect(await readFile(join(path, 'file'), 'utf8')).toBe('new');
});

test('what a killed process left half written is cleared away, and a folder it had set aside comes back', async () => {
  const folder = await temporaryFolder();
  const path = await writeCheckpoint(folder, at(5));
  await mkdir(join(folder, '.partial-step-00000010-123'));
  await rename(path, join(folder, '.replaced-step-00000005'));
  await recoverFolders(folder);
  expect(await readdir(folder)).toEqual(['step-00000005']);
});

test('a folder that is no checkpoint, and one of another format, are named', async () => {
  const folder = await temporaryFolder();
  await expect(readCheckpoint(folder)).rejects.toThrow(/is damaged: it holds no progress\.json/);
  await writeFile(join(folder, 'progress.json'), '{"format": 1}');
  await expect(readCheckpoint(folder)).rejects.toThrow(/has format 1, this version reads 2/);
});

test.each(['parameters.safetensors', 'optimizer.safetensors', 'progress.json', 'SHA256SUMS'])(
  'one flipped bit of %s is noticed, wherever it is',
  async (name) => {
    const path = await writeCheckpoint(await temporaryFolder(), at(12));
    const bytes = await readFile(join(path, name));
    for (const place of [0, bytes.length >> 1, bytes.length - 1]) {
      const flipped = Buffer.from(bytes);
      flipped[place]! ^= 1;
      await writeFile(join(path, name), flipped);
      await expect(readCheckpoint(path)).rejects.toMatchObject({ code: 'damaged-checkpoint' });
    }
    await writeFile(join(path, name), bytes);
    expect(await readCheckpoint(path)).toEqual(at(12));
  },
);

test.each([
  ['optimizer.safetensors', 'optimizer.safetensors cannot be read'],
  ['SHA256SUMS', 'SHA256SUMS is missing'],
])('a checkpoint without its %s is damaged, not a smaller one', async (name, message) => {
  const path = await writeCheckpoint(await temporaryFolder(), at(12));
  await rm(join(path, name));
  await expect(readCheckpoint(path)).rejects.toThrow(message);
});

test('the checksums are those that sha256sum reads', async () => {
  const path = await writeCheckpoint(await temporaryFolder(), at(12));
  const digest = createHash('sha256').update(await readFile(join(path, 'progress.json')));
  expect(await readFile(join(path, 'SHA256SUMS'), 'utf8')).toContain(
    `${digest.digest('hex')}  progress.json\n`,
  );
});

test('removing checkpoints leaves what is no part of them', async () => {
  const folder = await temporaryFolder();
  const path = await writeCheckpoint(folder, at(12));
  await writeCheckpoint(folder, at(13));
  await writeFile(join(path, 'notes.txt'), 'mine');
  await removeCheckpoints(folder);
  expect(await readdir(folder)).toEqual(['step-00000012']);
  expect(await readdir(path)).toEqual(['notes.txt']);
});

test('removing checkpoints does not follow a link to another one', async () => {
  const [folder, other] = [await temporaryFolder(), await temporaryFolder()];
  const path = await writeCheckpoint(other, at(12));
  await symlink(path, join(folder, 'step-00000012'));
  await removeCheckpoints(folder);
  expect(await readCheckpoint(path)).toEqual(at(12));
});
