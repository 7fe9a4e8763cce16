import { expect, test } from 'vitest';
import { readRecipe } from 'tunesmith/node';
import { chosenContestants, type MethodContestant } from './contestants.ts';
import { settingsOf } from './settings.ts';

const recipe = {
  model: '@tunesmith/nano',
  plugins: ['@tunesmith/collection'],
  data: [
    {
      source: { name: 'collection', tasks: ['plural', 'past-tense', 'rhyme'] },
      split: 'train',
    },
    { source: { name: 'collection' }, split: 'heldout-cluster' },
  ],
  training: { steps: 30 },
  method: 'lora',
  evaluation: { tasks: ['heldout', 'heldout-cluster'] },
  output: 'runs/settings',
};
const { recipe: shared } = await readRecipe(recipe);
const only = (name: string): MethodContestant => chosenContestants([name])[0]!;

test('a contestant trains at the rate that was found for nano', () => {
  expect(settingsOf(only('bitfit'), shared, {})).toEqual([
    'method="bitfit"',
    'training.optimizer.learning_rate=0.03',
  ]);
});

test("or at a multiple of its method's own", () => {
  const options = { rates: 'own', rateFactor: 5, model: 'models/large', steps: 40 } as const;
  expect(settingsOf(only('bitfit'), shared, options)).toEqual([
    'model="models/large"',
    'training.steps=40',
    'method="bitfit"',
    'training.optimizer.learning_rate=0.005',
  ]);
});

test("another optimizer's own rate is left to it", () => {
  expect(settingsOf(only('full-lomo'), shared, { rates: 'own', rateFactor: 5 })).toEqual([
    'method="full"',
    'training.optimizer.name=lomo',
  ]);
});

test('a base in few bits is the same model in another precision', () => {
  expect(settingsOf(only('lora-nf4'), shared, {})).toContain(
    'model={"from":"@tunesmith/nano","precision":"nf4"}',
  );
});

test('a method that reads the numbers of tasks gets them, and is not measured on tasks without', () => {
  const settings = settingsOf(only('multi-task-prompt'), shared, {});
  expect(settings).toContain('method.tasks=3');
  expect(settings).toContain('data[0].source.task_numbers=true');
  expect(settings).toContain('evaluation.tasks=["heldout"]');
});

test('a fusion builds on an adapter for each cluster, trained on its tasks alone', () => {
  const runs = only('adapter-fusion').earlier!.runs(shared);
  expect(runs.map(({ name }) => name)).toEqual(['word-forms', 'sound']);
  expect(settingsOf(runs[0]!, shared, {})).toContain(
    'data[0].source.tasks=["plural","past-tense"]',
  );
});
