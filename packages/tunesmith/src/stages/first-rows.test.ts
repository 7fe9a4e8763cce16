import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  definePlugin,
  type DataSource,
  type RecipeInput,
  type StageRecipe,
} from '@tunesmith/schema';
import { beforeEach, expect, test } from 'vitest';
import { planStages } from './plan.ts';
import { runStages } from './run.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'first-rows-'));
  const row = { instruction: 'cat', output: 'small', meta: { choices: ['small', 'large'] } };
  await writeFile(join(home, 'rows.jsonl'), `${JSON.stringify(row)}\n`);
});

/** A model for each of two verbalizers, which may begin from what a stage before them leaves. */
const recipe = (second: Record<string, string>, model = '@tunesmith/nano'): RecipeInput => ({
  model,
  data: [{ path: join(home, 'rows.jsonl') }],
  objective: 'choice',
  output: join(home, 'run'),
  stages: [
    {
      name: 'base',
      job: 'train',
      model: '@tunesmith/nano',
      objective: 'causal-lm',
      method: 'lora',
    },
    {
      name: 'merged',
      job: 'merge',
      model: '@tunesmith/nano',
      adapter: { from: 'stages.base.adapter' },
    },
    ...[{ small: 'little', large: 'big' }, second].map((words, i): StageRecipe => ({
      name: `pattern-${i + 1}`,
      job: 'train',
      method: 'lora',
      template: {
        name: 'cloze',
        mask: 'none',
        pattern: 'is',
        task: {
          name: 'animals',
          fields: ['animal'],
          words,
          patterns: [{ name: 'is', text: 'A {animal} is {mask}' }],
        },
      },
    })),
  ],
});

test('a stage whose rows can be read is planned', async () => {
  const { stages } = await planStages(recipe({ small: 'tiny', large: 'huge' }), {});
  expect(stages).toHaveLength(4);
});

test.each(['@tunesmith/nano', 'stages.merged.model'])(
  'words that a later stage cannot tell apart end the run before its first stage (%s)',
  async (model) => {
    // a field that is the other label's word for this row alone
    const words = { small: 'cat', large: '{animal}' };
    await expect(runStages(recipe(words, model))).rejects.toThrow(
      'stage "pattern-2": example "rows.jsonl#0" may be answered by "cat" (small) and by "cat" (large), which have the same tokens',
    );
    expect(await readdir(home)).toEqual(['rows.jsonl']);
  },
);

test('a later stage that names a split which its source does not have ends the run before its first stage', async () => {
  const { stages = [], ...shared } = recipe({ small: 'tiny', large: 'huge' });
  const last: StageRecipe = {
    name: 'measured',
    job: 'evaluate',
    data: [{ source: 'numbers', split: 'tset' }],
  };
  const numbers: DataSource = {
    specVersion: 2,
    name: 'numbers',
    description: 'Numbers.',
    splits: ['train', 'test'],
    records: () => [],
  };
  const plugins = [definePlugin('data-source', numbers)];
  await expect(runStages({ ...shared, stages: [...stages, last] }, { plugins })).rejects.toThrow(
    'source "numbers" has no split "tset"; nearest: "test"',
  );
  expect(await readdir(home)).toEqual(['rows.jsonl']);
});

test('rows that a later stage measures are looked at before its first stage', async () => {
  await writeFile(join(home, 'test.jsonl'), '{"instruction": "dog"}\n');
  const { stages = [], ...shared } = recipe({ small: 'tiny', large: 'huge' });
  const data = [{ path: join(home, 'test.jsonl'), format: 'alpaca', split: 'test' }];
  const last: StageRecipe = { name: 'measured', job: 'evaluate', data };
  await expect(runStages({ ...shared, stages: [...stages, last] })).rejects.toThrow(
    /stage "measured": .*test\.jsonl:1: row: output is missing/,
  );
  expect(await readdir(home)).toEqual(['rows.jsonl', 'test.jsonl']);
});
