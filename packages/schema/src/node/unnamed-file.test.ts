import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openUnnamedFile } from './unnamed-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unnamed-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('bytes are read again from where they were put, whatever lies on the disk by then', async () => {
  const file = openUnnamedFile(folder);
  // Pieces of a mebibyte are written at once: these end within, at and beyond one.
  const sizes = [1, 2 ** 19, 2 ** 19 - 1, 3 * 2 ** 20, 0, 7];
  const parts = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
  const starts = parts.map((part) => file.append(part));
  for (const [i, start] of starts.entries())
    expect(Buffer.compare(file.read(start, sizes[i]!), parts[i]!)).toBe(0);
  expect(await readdir(folder)).toEqual([]);
  file.close();
});

test('a folder that cannot be written to is named with the reason and what helps', () => {
  const file = openUnnamedFile(join(folder, 'nowhere'));
  file.append(new Uint8Array(8));
  expect(() => file.append(new Uint8Array(2 ** 20))).toThrow(
    `data that does not fit in memory cannot be kept in ${join(folder, 'nowhere')}: it does not exist (ENOENT); accepted: TMPDIR`,
  );
});
