import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, type RecipeInput, type StageRecipe } from '@tunesmith/schema';
import { beforeEach, describe, expect, test } from 'vitest';
import { builtInPlugins, pluginKinds } from '../plugins/built-in.ts';
import { planStages } from '../stages/plan.ts';
import { settleRun } from '../train/settle-run.ts';
import { readNear } from './read-near.ts';
import { withTemplateFiles } from './template-files.ts';

const task = {
  name: 'animals',
  fields: ['animal'],
  words: { small: ['small', 'little'], large: 'large' },
  patterns: [{ name: 'is', text: 'A {animal} is {mask}.' }],
};
const cloze = (named: unknown) => ({ name: 'cloze', task: named, pattern: 'is', mask: 'none' });
const recipe = (named: string) => ({
  model: '@tunesmith/nano',
  data: [{ path: 'rows.jsonl' }],
  template: cloze(named),
  objective: 'choice',
  method: 'lora',
  output: join(home, 'run'),
});

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'template-files-'));
  await writeFile(join(home, 'animals.json'), JSON.stringify(task));
  const row = { instruction: 'cat', output: 'small', meta: { choices: ['small', 'large'] } };
  await writeFile(join(home, 'rows.jsonl'), `${JSON.stringify(row)}\n`);
});

/** A recipe's file in the folder. */
async function written(content: RecipeInput): Promise<string> {
  await writeFile(join(home, 'recipe.yaml'), JSON.stringify(content));
  return join(home, 'recipe.yaml');
}

test('the path of a file beside the recipe stands for what the file holds', async () => {
  const settled = await settleRun(await written(recipe('animals.json')), {});
  expect(settled.recipe.template).toEqual(cloze(task));
});

test('each stage of a recipe may name one', async () => {
  const { model, data, output, ...stage } = recipe('./animals.json');
  const stages = [{ name: 'first', job: 'train', ...stage }] as StageRecipe[];
  const plan = await planStages(await written({ model, data, output, stages }), {});
  expect(plan.stages[0]!.stage.template).toEqual(cloze(task));
  expect(plan.written.stages?.[0]!.template).toEqual(cloze(task));
});

test('entries of data may, and names and other options stay as they are', async () => {
  const registry = createRegistry(pluginKinds, builtInPlugins);
  const reading = { read: readNear(home), registry: () => Promise.resolve(registry) };
  const parts = {
    template: { name: 'cloze', task: 'yelp-full', pattern: 'just', mask: '[MASK].json' },
    data: [{ path: 'rows.jsonl', template: cloze('animals.json') }],
  };
  expect(await withTemplateFiles(parts, reading)).toEqual({
    template: parts.template,
    data: [{ path: 'rows.jsonl', template: cloze(task) }],
  });
});

test('entries of data may take templates from one, with the tags of promptsource', async () => {
  const registry = createRegistry(pluginKinds, builtInPlugins);
  const reading = { read: readNear(home), registry: () => Promise.resolve(registry) };
  const text = 'dataset: d\ntemplates:\n  1: !Template {name: ask, jinja: "{{q}} ||| {{a}}"}\n';
  await writeFile(join(home, 'templates.yaml'), text);
  const templates = { from: 'templates.yaml', choose: 'all' as const };
  const { data } = await withTemplateFiles({ data: [{ path: 'rows.jsonl', templates }] }, reading);
  expect(data).toEqual([
    {
      path: 'rows.jsonl',
      templates: {
        from: { dataset: 'd', templates: { 1: { name: 'ask', jinja: '{{q}} ||| {{a}}' } } },
        choose: 'all',
      },
    },
  ]);
});

test('a run may not write where the file lies', async () => {
  await mkdir(join(home, 'tasks'));
  await writeFile(join(home, 'tasks/animals.json'), JSON.stringify(task));
  const named = { ...recipe('tasks/animals.json'), output: join(home, 'tasks') };
  const says = /the file of a template/;
  const { model, data, output, ...stage } = named;
  const stages = [{ name: 'first', job: 'train', ...stage }] as StageRecipe[];
  await expect(settleRun(await written(named), { overwrite: true })).rejects.toThrow(says);
  const staged = await written({ model, data, output, stages });
  await expect(planStages(staged, { overwrite: true })).rejects.toThrow(says);
});

describe('before any work it is an error', () => {
  test.each([
    ['that there is no such file', 'animal.json', undefined, 'task of the template cloze'],
    ['that it is no JSON', 'bad.json', '{', 'bad.json'],
    ['that it is no task', 'bad.json', { ...task, words: { small: 'small' } }, 'bad.json'],
    ['that two labels share a word', 'bad.json', { ...task, words: { a: 'x', b: 'x' } }, '"x"'],
    [
      'that the pattern is not there',
      'bad.json',
      { ...task, patterns: [{ name: 'was', text: 'A {animal} {mask}' }] },
      'named "is"; accepted: was',
    ],
  ])('%s', async (_, named, content, message) => {
    if (content !== undefined)
      await writeFile(
        join(home, named),
        typeof content === 'string' ? content : JSON.stringify(content),
      );
    await expect(settleRun(await written(recipe(named)), {})).rejects.toThrow(message);
  });

  test('that a pattern of a later stage is not there', async () => {
    const { model, data, output, ...stage } = recipe('animals.json');
    const stages = ['is', 'iz'].map((pattern) => ({
      name: pattern,
      job: 'train',
      ...stage,
      template: { ...cloze('animals.json'), pattern },
    })) as StageRecipe[];
    await expect(planStages(await written({ model, data, output, stages }), {})).rejects.toThrow(
      'there is no pattern of the task "animals" named "iz"; nearest: "is"',
    );
  });
});
