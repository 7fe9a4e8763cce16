import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { locate, locateModel } from './locate.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'locate-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test('a path is found beside the recipe', async () => {
  await writeFile(join(folder, 'a.jsonl'), '');
  expect(await locate('a.jsonl', folder, 'the data file')).toBe(join(folder, 'a.jsonl'));
});

test('a path that does not exist is reported with the places looked at', async () => {
  await expect(locate('no.jsonl', folder, 'the data file')).rejects.toThrow(
    `the data file "no.jsonl" does not exist; accepted: a path that exists; looked at ${join(folder, 'no.jsonl')} and`,
  );
});

test('a package that ships a model names its folder', async () => {
  const home = join(folder, 'node_modules', '@example', 'tiny');
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'package.json'), JSON.stringify({ tunesmith: { model: './model' } }));
  expect(await locateModel('@example/tiny', folder)).toBe(join(home, 'model'));
});

test('the model that comes with Tunesmith is found from any folder', async () => {
  const found = await locateModel('@tunesmith/nano', folder);
  expect(await readFile(join(found, 'config.json'), 'utf8')).toContain('"model_type": "llama"');
});

test('a package beside the recipe comes before the one that came with Tunesmith', async () => {
  const home = join(folder, 'node_modules', '@tunesmith', 'nano');
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'package.json'), JSON.stringify({ tunesmith: { model: './mine' } }));
  expect(await locateModel('@tunesmith/nano', folder)).toBe(join(home, 'mine'));
});

test('organization/name is found in the Hugging Face cache', async () => {
  vi.stubEnv('HF_HUB_CACHE', folder);
  const home = join(folder, 'models--org--tiny');
  await mkdir(join(home, 'snapshots', 'abc'), { recursive: true });
  await mkdir(join(home, 'refs'));
  await writeFile(join(home, 'refs', 'main'), 'abc\n');
  for (const name of ['config.json', 'model.safetensors'])
    await writeFile(join(home, 'snapshots', 'abc', name), '{}');
  expect(await locateModel('org/tiny', folder)).toBe(join(home, 'snapshots', 'abc'));
});

test('a model that is nowhere is reported', async () => {
  vi.stubEnv('HF_HUB_CACHE', folder);
  await expect(locateModel('org/tiny', folder)).rejects.toThrow(
    `model "org/tiny" does not exist here, and org/tiny is not whole in ${folder}, and HF_HUB_OFFLINE forbids to ask for it; accepted: a folder with config.json`,
  );
  await expect(locateModel('./tiny', folder)).rejects.toThrow(`looked at ${join(folder, 'tiny')}`);
});
