import { describe, expect, test } from 'vitest';
import { expandStages } from './each.ts';
import { resolveRecipe } from './recipe.ts';

const stagesOf = (...stages: object[]) =>
  (expandStages({ model: 'm', stages }).recipe as { stages: object[] }).stages;

describe('a stage with each', () => {
  test('is a stage of its own for each value, named after it', () => {
    expect(
      stagesOf({
        name: 'pet',
        job: 'train',
        each: { seed: [1, 2] },
        seed: '${seed}',
        data: [{ path: 'rows-${seed}.jsonl' }],
      }),
    ).toEqual([
      { name: 'pet-1', job: 'train', seed: 1, data: [{ path: 'rows-1.jsonl' }] },
      { name: 'pet-2', job: 'train', seed: 2, data: [{ path: 'rows-2.jsonl' }] },
    ]);
  });

  test('of several keys is one for each choice of values', () => {
    const names = stagesOf({ name: 's', each: { pattern: ['a', 'b'], seed: [1, 2] } });
    expect(names).toEqual([
      { name: 's-a-1' },
      { name: 's-a-2' },
      { name: 's-b-1' },
      { name: 's-b-2' },
    ]);
  });

  test('counts values that cannot be part of a name', () => {
    expect(stagesOf({ name: 's', each: { path: ['a/b.jsonl', 'c'] } })).toEqual([
      { name: 's-1' },
      { name: 's-c' },
    ]);
  });

  test('refuses what it has no value for', () => {
    expect(() => stagesOf({ name: 's', each: { seed: [1] }, template: '${sead}' })).toThrow(
      'there is no value of each named "sead"; nearest: "seed"',
    );
  });

  test('keeps to the stage that each of them was written in', () => {
    const { origins } = expandStages({
      stages: [{ name: 'a', each: { k: [1, 2] } }, { name: 'b' }],
    });
    expect(origins).toEqual([0, 0, 1]);
  });
});

describe('stages that were written as one', () => {
  const group = { name: 'g', job: 'train', each: { k: [1, 2] } };
  const after = (stage: object) => stagesOf(group, { name: 'x', ...stage })[2];

  test('are all meant where several may stand', () => {
    expect(
      after({ artifacts: { prompts: 'stages.g.adapter', one: 'stages.other.adapter' } }),
    ).toEqual({
      name: 'x',
      artifacts: {
        prompts: ['stages.g-1.adapter', 'stages.g-2.adapter'],
        one: 'stages.other.adapter',
      },
    });
    expect(after({ runs: 'stages.g' })).toMatchObject({ runs: ['stages.g-1', 'stages.g-2'] });
    expect(after({ adapter: { from: 'stages.g.adapter' } })).toMatchObject({
      adapter: [{ from: 'stages.g-1.adapter' }, { from: 'stages.g-2.adapter' }],
    });
    expect(
      after({ data: [{ path: 'stages.g.data', weight: 2 }, { path: 'rows.jsonl' }] }),
    ).toMatchObject({
      data: [
        { path: 'stages.g-1.data', weight: 2 },
        { path: 'stages.g-2.data', weight: 2 },
        { path: 'rows.jsonl' },
      ],
    });
  });

  test('are named one by one by a stage that is done for the same values', () => {
    const own = stagesOf(group, {
      name: 'x',
      each: { k: [1, 2] },
      adapter: { from: 'stages.g-${k}.adapter' },
      runs: 'stages.g',
      except: 'stages.g-${k}',
    });
    expect(own.slice(2)).toMatchObject([
      { name: 'x-1', adapter: { from: 'stages.g-1.adapter' }, except: 'stages.g-1' },
      { name: 'x-2', adapter: { from: 'stages.g-2.adapter' }, except: 'stages.g-2' },
    ]);
  });

  test('stay as they are where one alone may stand', () => {
    expect(after({ model: 'stages.g.model' })).toMatchObject({ model: 'stages.g.model' });
  });
});

test('the check of a recipe sees the stages that come of it, and what each cannot be', () => {
  const recipe = (each: unknown) => ({
    model: 'm',
    stages: [{ name: 's', job: 'evaluate', each, seed: '${k}' }],
  });
  expect(resolveRecipe(recipe({ k: [3] })).stages).toMatchObject([{ name: 's-3', seed: 3 }]);
  expect(() => resolveRecipe(recipe({ k: ['three'] }))).toThrow('stages[0].seed is "three"');
  expect(() => resolveRecipe(recipe({ k: [] }))).toThrow('stages[0].each.k is []');
  expect(() => resolveRecipe(recipe('k'))).toThrow('stages[0].each is "k"');
});
