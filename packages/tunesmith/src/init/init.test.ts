import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { train } from '../train/train.ts';
import { validateData } from '../data/validate.ts';
import { init } from './init.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'init-'));
});

test('a recipe, 30 sound rows and a plugin are written into a new folder', async () => {
  const folder = join(home, 'my-tune');
  const { directory, files } = await init(folder);
  expect(directory).toBe(folder);
  expect((await readdir(folder)).toSorted()).toEqual(files.toSorted());
  const found = await validateData({ path: join(folder, 'instructions.jsonl') });
  expect(found).toMatchObject({ format: 'alpaca', rows: 30, usable: 30 });
});

test('what it writes trains at once, and its own metric measures', async () => {
  await init(home);
  const run = await train(join(home, 'recipe.yaml'), {
    overrides: ['training.steps=2', `output=${join(home, 'run')}`],
  });
  expect(run.step).toBe(2);
  expect(Object.keys(run.after?.measures ?? {})).toContain('same-start');
});

test('a file that is there is not overwritten, and nothing is written beside it', async () => {
  await writeFile(join(home, 'recipe.yaml'), 'mine');
  await expect(init(home)).rejects.toThrow(`${home} has recipe.yaml already`);
  expect(await readdir(home)).toEqual(['recipe.yaml']);
  expect(await readFile(join(home, 'recipe.yaml'), 'utf8')).toBe('mine');
});

test('a folder that cannot be made is reported', async () => {
  await writeFile(join(home, 'file'), '');
  await expect(init(join(home, 'file', 'below'))).rejects.toThrow('cannot write into');
});
