import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test-support/tiny.ts';
import { openTokenStream } from './token-stream.ts';

async function fileOf(ids: number[]): Promise<string> {
  const path = join(await temporaryFolder(), 'tokens.bin');
  await writeFile(path, Uint16Array.from(ids));
  return path;
}

test('every position of a row is supervised with the token that follows it', async () => {
  const source = openTokenStream({
    path: await fileOf([10, 11, 12, 13, 14, 65_535, 16]),
    tokens: 3,
  });
  expect(source.rows).toBe(2);
  expect([...source.row(0).ids]).toEqual([10, 11, 12]);
  expect([...source.row(0).targets!]).toEqual([11, 12, 13]);
  expect([...source.row(1).ids]).toEqual([13, 14, 65_535]);
  expect([...source.row(1).targets!]).toEqual([14, 65_535, 16]);
  source.close?.();
});

test('a separator ends a document: what follows does not see what came before', async () => {
  const source = openTokenStream({
    path: await fileOf([7, 8, 0, 9, 7, 8]),
    tokens: 5,
    separator: 0,
  });
  expect([...source.row(0).segmentIds]).toEqual([1, 1, 1, 2, 2]);
  expect([...source.row(0).positions]).toEqual([0, 1, 2, 0, 1]);
  source.close?.();
});

test('a range of the file can be read, so that the rest is held out', async () => {
  const path = await fileOf([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  const source = openTokenStream({ path, tokens: 2, start: 4 });
  expect([...source.row(0).ids]).toEqual([4, 5]);
  expect(source.rows).toBe(2);
  expect(source.fingerprint().sha256).not.toBe(
    openTokenStream({ path, tokens: 2 }).fingerprint().sha256,
  );
  source.close?.();
});

test('a file without one whole row is refused with its size', async () => {
  const path = await fileOf([1, 2, 3]);
  expect(() => openTokenStream({ path, tokens: 3 })).toThrow(
    /has 6 bytes.*accepted: a multiple of 2 bytes with at least 4 tokens/s,
  );
});
