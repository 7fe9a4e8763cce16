import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { locate, locateAdapter, locateModel } from './locate.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'locate-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
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

test('a mistyped path gets the nearest that exists', async () => {
  await writeFile(join(folder, 'train.jsonl'), '');
  await expect(locate('trian.jsonl', folder, 'the data file')).rejects.toMatchObject({
    nearest: 'train.jsonl',
  });
  await mkdir(join(folder, 'runs', 'first'), { recursive: true });
  for (const [typed, nearest] of [
    ['./runs/frist', './runs/first'],
    [join(folder, 'runs/frist'), join(folder, 'runs/first')],
  ] as const)
    await expect(locateModel(typed, folder)).rejects.toMatchObject({
      code: 'missing-model',
      nearest,
    });
});

test('a mistyped name in a folder that exists is not asked for at the hub', async () => {
  vi.stubEnv('HF_HUB_OFFLINE', '0');
  vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
  await mkdir(join(folder, 'runs', 'first'), { recursive: true });
  for (const ask of [locateModel, locateAdapter])
    await expect(ask('runs/frist', folder)).rejects.toMatchObject({
      message: expect.stringContaining('runs/frist@main for one of that name on the hub'),
      nearest: 'runs/first',
    });
});

test('a mistyped folder is asked for at the hub, and the nearest here is said', async () => {
  vi.stubEnv('HF_HUB_CACHE', folder);
  await mkdir(join(folder, 'runs', 'first'), { recursive: true });
  await expect(locateModel('rusn/first', folder)).rejects.toMatchObject({
    message: expect.stringContaining('HF_HUB_OFFLINE forbids'),
    nearest: 'runs/first',
  });
});
