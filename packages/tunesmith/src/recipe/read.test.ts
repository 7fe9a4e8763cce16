import { mkdtemp, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { readRecipe } from './read.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recipe-'));
});

async function file(text: string, name = 'recipe.yaml'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

test('a YAML recipe is read, overridden and resolved', async () => {
  const path = await file('model: ./nano\nmethod: lora\ntraining:\n  steps: 5\n');
  const { recipe, directory } = await readRecipe(path, {
    overrides: ['training.steps=7', 'seed=3'],
  });
  expect([recipe.training.steps, recipe.seed, recipe.training.batch_size]).toEqual([7, 3, 4]);
  expect(directory).toBe(folder);
});

test('a JSON recipe is read as well', async () => {
  const { recipe } = await readRecipe(
    await file('{"model": "./nano", "method": {"name": "full"}}', 'recipe.json'),
  );
  expect(recipe.method).toEqual({ name: 'full' });
});

test('in a recipe that is one stage, its keys are named as they stand there', async () => {
  const path = await file('synthesizer: distill\nseed: many\ndata: [{ path: rows.jsonl }]\n');
  await expect(readRecipe(path)).rejects.toThrow('recipe.yaml:2: recipe: seed is "many"');
  await expect(readRecipe(path)).rejects.toThrow(
    'also: chat_model is missing; accepted: a chat model',
  );
});

test('what was written can be told from what is default', async () => {
  const { written } = await readRecipe(
    await file('model: ./nano\nmethod: lora\ntraining: { packing: false }\n'),
  );
  expect(written).toEqual({ model: './nano', method: 'lora', training: { packing: false } });
});

test.each([
  [
    'a misspelt key, with its line',
    'model: a\nmethod: lora\ntraining:\n  batch_sise: 2\n',
    'recipe.yaml:4: recipe: "training.batch_sise" is not a known key; nearest: "batch_size"',
  ],
  [
    'a wrong type, with its line',
    'model: a\nmethod: lora\ntraining:\n  steps: many\n',
    'recipe.yaml:4: recipe: training.steps is "many"',
  ],
  [
    'a fault in a list, with its line',
    'model: a\nmethod: lora\ndata:\n  - path: a.jsonl\n    format: 3\n',
    'recipe.yaml:5: recipe: data[0].format is 3',
  ],
  [
    'a missing key, where its object begins',
    'model: a\nmethod: lora\ndata:\n  - format: alpaca\n',
    'recipe.yaml:4: recipe: data[0].path is missing',
  ],
  ['bad syntax, with its line', 'model: a\nmethod: [lora\n', 'recipe.yaml:3: not YAML'],
  [
    'a key that stands twice',
    'model: a\nmodel: b\nmethod: lora\n',
    'recipe.yaml:2: not YAML: Map keys must be unique',
  ],
])('%s is reported', async (_, text, message) => {
  await expect(readRecipe(await file(text))).rejects.toThrow(message);
});

test('a fault in a setting of the command line has no line in the file', async () => {
  const path = await file('model: a\nmethod: lora\ntraining:\n  steps: 5\n');
  await expect(readRecipe(path, { overrides: ['training.steps=x'] })).rejects.toThrow(
    `${path}: recipe: training.steps is "x"`,
  );
});

test('a recipe that is not there is named', async () => {
  await expect(readRecipe(join(folder, 'no.yaml'))).rejects.toThrow(
    /cannot read the recipe .*no\.yaml: it does not exist \(ENOENT\)/,
  );
});

describe('the folder of a run', () => {
  const stated = (home: string) =>
    `model: ${join(home, 'model')}\nmethod: lora\ndata: [{ path: /elsewhere/rows.jsonl, format: alpaca }]\noutput: ${home}\n`;
  async function run(name: string, then: string): Promise<string> {
    const home = join(folder, name);
    await mkdir(home);
    await file(stated(then), `${name}/recipe.yaml`);
    await file('{ "format": 1, "wrote": [], "recipes": [] }', `${name}/run.json`);
    return home;
  }

  test('stands for the recipe in it', async () => {
    const home = await run('first', join(folder, 'first'));
    expect((await readRecipe(home)).recipe.output).toBe(home);
  });

  test('is the output wherever it was moved or copied to, and what lay in it lies in it', async () => {
    const home = await run('copy', '/long/gone');
    for (const source of [home, join(home, 'recipe.yaml')]) {
      const { recipe } = await readRecipe(source);
      expect([recipe.output, recipe.model.from]).toEqual([home, join(home, 'model')]);
      expect(recipe.data).toMatchObject([{ path: '/elsewhere/rows.jsonl' }]);
    }
  });

  test('yields to an output of the command line', async () => {
    const home = await run('other', '/long/gone');
    const { recipe } = await readRecipe(home, { overrides: ['output=/new'] });
    expect([recipe.output, recipe.model.from]).toEqual(['/new', join(home, 'model')]);
  });

  test('is none without the marker of one', async () => {
    await mkdir(join(folder, 'mine'));
    await file(stated('/long/gone'), 'mine/recipe.yaml');
    expect((await readRecipe(join(folder, 'mine'))).recipe.output).toBe('/long/gone');
  });
});

test.each([
  [
    'aliases that multiply',
    `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
    'not a recipe: Excessive alias count',
  ],
  ['an alias of nothing', 'model: *x\n', 'not a recipe: Unresolved alias'],
  ['a value that holds itself', 'method: &a { name: lora, x: *a }\n', 'not a recipe: '],
  ['a number', '5', 'the value is 5; accepted: an object'],
  ['nothing', '', 'the value is null; accepted: an object'],
  ['far too much', `# ${'x'.repeat(4_000_000)}`, 'is longer than 4000000 bytes'],
])('%s is refused', async (_, text, message) => {
  const file = join(await mkdtemp(join(tmpdir(), 'recipe-')), 'recipe.yaml');
  await writeFile(file, text);
  await expect(readRecipe(file)).rejects.toThrow(message);
});

test.skipIf(process.platform === 'win32')(
  'what is no file is refused, even if it never ends',
  async () => {
    await expect(readRecipe('/dev/zero')).rejects.toThrow('is longer than 4000000 bytes');
    await expect(readRecipe(await mkdtemp(join(tmpdir(), 'none-')))).rejects.toThrow(
      'recipe.yaml: it does not exist (ENOENT); accepted: the path of a YAML or JSON file, or the folder of a run',
    );
  },
);

test('a recipe that does not exist is told with the file that is nearly named so', async () => {
  const home = await mkdtemp(join(tmpdir(), 'recipe-'));
  await writeFile(join(home, 'recipe.yaml'), 'model: x');
  await expect(readRecipe(join(home, 'recipe.yml'))).rejects.toThrow(
    `nearest: "${join(home, 'recipe.yaml')}"`,
  );
});
