import { describe, expect, test } from 'vitest';
import { resolveRecipe } from './recipe.ts';

const smallest = { model: './nano', method: { name: 'lora' } };

function messageFor(recipe: unknown): string {
  try {
    resolveRecipe(recipe);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}

test('a resolved recipe shows every default but those of plugins, which only they know', () => {
  expect(resolveRecipe(smallest)).toEqual({
    model: {
      from: './nano',
      precision: 'float32',
      head_precision: 'float32',
      calibration_rows: 4,
    },
    data: [],
    template: 'plain',
    objective: 'causal-lm',
    method: { name: 'lora' },
    training: {
      epochs: 1,
      batch_size: 4,
      gradient_accumulation: 1,
      max_length: 512,
      packing: true,
      base_dropout: 'off',
      shuffle: true,
      optimizer: { name: 'adamw' },
      max_grad_norm: 1,
      schedule: { name: 'cosine' },
      checkpoint_every: 50,
      keep_checkpoints: 2,
    },
    evaluation: {
      every: 0,
      tasks: [],
      before: true,
      metrics: [],
      max_new_tokens: 64,
      keep_best: true,
    },
    plugins: [],
    device: 'auto',
    seed: 0,
    output: 'runs/latest',
    resume: false,
  });
});

test('what is given stays, inside a data entry and an optional part as well', () => {
  const recipe = resolveRecipe({
    ...smallest,
    data: [{ path: 'a.jsonl', format: 'alpaca', split: 'heldout' }],
    training: { steps: 20, schedule: { name: 'linear', warmup_steps: 2 } },
    evaluation: { early_stopping: {} },
  });
  expect(recipe.data).toEqual([
    {
      path: 'a.jsonl',
      format: 'alpaca',
      split: 'heldout',
      weight: 1,
      held_out: 0,
      keep_overlap: false,
      on_error: 'fail',
    },
  ]);
  expect(recipe.training.steps).toBe(20);
  expect(recipe.training.epochs).toBeUndefined();
  expect(recipe.training.schedule).toEqual({ name: 'linear', warmup_steps: 2 });
  expect(recipe.evaluation.early_stopping).toEqual({ patience: 3, minimum_improvement: 0 });
});

test('a plugin is mentioned by its name, or by its name with options', () => {
  const mentions = {
    ...smallest,
    template: { name: 'headed', explained: false },
    data: [{ source: { name: 'collection', per_task: 5 } }, { path: 'a.csv', format: 'alpaca' }],
    training: { optimizer: 'sgd', schedule: { warmup_steps: 2 } },
    evaluation: { tasks: ['heldout'], metrics: ['rouge-l', { name: 'mine', depth: 3 }] },
    device: { name: 'cpu', threads: 2 },
  };
  const recipe = resolveRecipe(mentions);
  const { model: _model, ...mentioned } = mentions;
  expect(recipe).toMatchObject({ ...mentioned, training: { optimizer: 'sgd' } });
  expect(recipe.training.schedule).toEqual({ name: 'cosine', warmup_steps: 2 });
});

test('resolving a resolved recipe changes nothing', () => {
  const resolved = resolveRecipe({ ...smallest, data: [{ source: 'wordnet' }] });
  expect(resolveRecipe(structuredClone(resolved))).toEqual(resolved);
});

test('resolving leaves the value it was given alone', () => {
  const written = { ...smallest, data: [{ path: 'a.jsonl', format: 'alpaca' }] };
  const before = structuredClone(written);
  resolveRecipe(written);
  expect(written).toEqual(before);
});

test.each([
  [
    'a misspelt key',
    { ...smallest, training: { batch_sise: 4 } },
    'recipe: "training.batch_sise" is not a known key; nearest: "batch_size"; accepted: steps, epochs, batch_size',
  ],
  [
    'a key at the wrong depth',
    { ...smallest, learning_rate: 1e-4 },
    '"learning_rate" is not a known key; nearest: "training.optimizer.learning_rate"',
  ],
  [
    'a word for a number',
    { ...smallest, training: { steps: 'many' } },
    'training.steps is "many"; accepted: an integer of at least 1',
  ],
  [
    'a fraction for a count',
    { ...smallest, training: { batch_size: 2.5 } },
    'training.batch_size is 2.5; accepted: an integer of at least 1',
  ],
  [
    'a value out of range',
    { ...smallest, training: { max_grad_norm: -1 } },
    'training.max_grad_norm is -1; accepted: a number of at least 0',
  ],
  [
    'a learning rate that every optimizer refuses',
    { ...smallest, training: { optimizer: { learning_rate: 0 } } },
    'training.optimizer.learning_rate is 0; accepted: a number above 0',
  ],
  [
    'a metric without a name',
    { ...smallest, evaluation: { metrics: [{ normalization: 'squad' }] } },
    'evaluation.metrics[0].name is missing',
  ],
  [
    'a data entry that is a word',
    { ...smallest, data: ['a.jsonl'] },
    'data[0] is "a.jsonl"; accepted: an object with path, or an object with source',
  ],
  [
    'a misspelt key of a data entry',
    { ...smallest, data: [{ path: 'a.jsonl', fromat: 'alpaca' }] },
    '"data[0].fromat" is not a known key; nearest: "format"',
  ],
  [
    'a data entry whose format is empty',
    { ...smallest, data: [{ path: 'a.jsonl', format: '' }] },
    'data[0].format is ""; accepted: a string that is not empty',
  ],
  ['a method without a name', { ...smallest, method: { r: 8 } }, 'method.name is missing'],
  [
    'a number for a method',
    { ...smallest, method: 8 },
    'method is 8; accepted: a string that is not empty, or an object with name',
  ],
  ['no model', { method: 'none' }, 'model is missing; accepted: a string that is not empty'],
  [
    'nothing to train',
    { model: './nano' },
    'method is missing; accepted: method: { name: lora, … }, adapter: { from: DIR }, or stages',
  ],
  [
    'both steps and epochs',
    { ...smallest, training: { steps: 3, epochs: 2 } },
    'training.steps is 3 and training.epochs is 2; accepted: one of the two',
  ],
  [
    'both method and adapter',
    { ...smallest, adapter: { from: 'runs/a/adapter' } },
    'both method and adapter are given',
  ],
  ['a list for a recipe', [], 'the value is []; accepted: an object with model'],
])('%s is named, with what is accepted', (_, recipe, expected) => {
  expect(messageFor(recipe)).toContain(expected);
});

describe('a stage of which a key is wrong is named by that key, and by its number as written', () => {
  const staged = (last: object) => ({
    model: './nano',
    stages: [
      { name: 'a', job: 'train', each: { seed: [1, 2] }, method: 'lora', seed: '${seed}' },
      { name: 'soft', job: 'label', runs: 'stages.a', ...last },
    ],
  });

  test.each([
    [
      { weights: 'nope' },
      'stages[1].weights is "nope"; accepted: "accuracy", or a list with at least 1 item',
    ],
    [{ weights: [1, -1] }, 'stages[1].weights[1] is -1; accepted: a number of at least 0'],
    [{ share: 2 }, 'stages[1].share is 2; accepted: a number above 0 and at most 1'],
    [{ wieghts: [1] }, '"stages[1].wieghts" is not a known key; nearest: "weights"'],
    [{ runs: undefined }, 'stages[1].runs is missing'],
    [{ weights: 'nope', runs: 8 }, 'stages[1].runs is 8'],
  ])('%j', (last, expected) => {
    const recipe: unknown = JSON.parse(JSON.stringify(staged(last)));
    expect(messageFor(recipe)).toContain(expected);
  });

  test('once, however many stages it stands for', () => {
    const stage = { name: 'a', job: 'train', each: { seed: [1, 2] }, mehtod: 'lora' };
    const found = messageFor({ model: './nano', stages: [stage] });
    expect(found.match(/mehtod/g)).toHaveLength(1);
    expect(found).not.toContain('also:');
  });
});

test('a wrong union yields one problem', () => {
  expect(messageFor({ ...smallest, data: [7] }).split('\n')).toHaveLength(1);
  expect(messageFor({ ...smallest, method: [] }).split('\n')).toHaveLength(1);
});

test('every mistake is listed, unknown keys first', () => {
  const lines = messageFor({ ...smallest, training: { steps: 0 }, sede: 1 }).split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('"sede" is not a known key; nearest: "seed"');
  expect(lines[1]).toBe(
    '  also: training.steps is 0; accepted: an integer of at least 1 and at most 1000000000',
  );
});

test('a group of no mixture is a mistake of what trains, and of nothing else', () => {
  const data = [{ path: 'rows.jsonl', group: 'cot' }];
  expect(messageFor({ ...smallest, data })).toContain(
    'data[0] is in the group "cot" of no mixture; accepted: mixing beside data',
  );
  const measured = resolveRecipe({ ...smallest, method: 'none', data });
  expect(measured.data[0]).toMatchObject({ group: 'cot' });
});

test('file and line stand in front where they are known', () => {
  const line = (path: readonly string[]) => (path.join('.') === 'training.steps' ? 7 : undefined);
  expect(() =>
    resolveRecipe({ ...smallest, training: { steps: 0 } }, { file: 'tune.yaml', line }),
  ).toThrow('tune.yaml:7: recipe: training.steps is 0');
});
