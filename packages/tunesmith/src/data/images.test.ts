import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openData } from './open-data.ts';
import { validateData } from './validate.ts';

let folder: string;
let rows: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'images-'));
  rows = join(folder, 'rows.jsonl');
  const row = (image: string) => ({
    image,
    conversations: [
      { from: 'human', value: '<image>\nWhat is this?' },
      { from: 'gpt', value: 'A cat.' },
    ],
  });
  const images = ['cat.jpg', 'dog.jpg', 'https://example.org/far.jpg'];
  await writeFile(rows, images.map((image) => JSON.stringify(row(image))).join('\n'));
  await mkdir(join(folder, 'elsewhere'));
  await writeFile(join(folder, 'cat.jpg'), '');
  await writeFile(join(folder, 'elsewhere', 'dog.jpg'), '');
});
afterAll(() => rm(folder, { recursive: true }));

test('a row whose picture is not beside the file is named with its line', async () => {
  const { usable, invalid } = await validateData({ path: rows });
  expect(usable).toBe(2);
  expect(invalid).toMatchObject([{ line: 2, code: 'missing-image' }]);
  expect(invalid[0]!.message).toContain('rows.jsonl:2: the picture "dog.jpg" is not there');
});

test('pictures are looked for in the folder that is named', async () => {
  const { invalid } = await validateData({ path: rows, images: join(folder, 'elsewhere') });
  expect(invalid).toMatchObject([{ line: 1, code: 'missing-image' }]);
});

test('reading stops at a picture that is not there, where a folder is named', async () => {
  const { read } = await openData({ path: rows, images: folder });
  const all = async () => {
    for await (const _ of read());
  };
  await expect(all()).rejects.toMatchObject({ code: 'missing-image', value: 'dog.jpg' });
});
