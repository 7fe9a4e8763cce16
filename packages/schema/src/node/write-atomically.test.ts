import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFileAtomically } from './write-atomically.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tunesmith-write-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('keeps the earlier file and leaves nothing behind when the disk is full', async () => {
  const path = join(folder, 'model.safetensors');
  await writeFileAtomically(path, 'earlier');
  const full = writeFileAtomically(path, async (write) => {
    await write(new Uint8Array(1000));
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
  });
  await expect(full).rejects.toThrow(
    /model.safetensors was not written: the disk is full \(ENOSPC\); a file of that name is as it was before/,
  );
  expect(await readFile(path, 'utf8')).toBe('earlier');
  expect(await readdir(folder)).toEqual(['model.safetensors']);
});
