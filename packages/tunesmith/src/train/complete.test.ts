import { createRegistry, resolveRecipe } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { builtInPlugins, pluginKinds } from '../plugins/built-in.ts';
import { completeRecipe, withoutForeign } from './complete.ts';

const registry = createRegistry(pluginKinds, builtInPlugins);
const recipe = { model: './nano', method: 'lora' };

test('a name stands for its plugin with every default', () => {
  const { recipe: complete, warnings } = completeRecipe(
    resolveRecipe({
      ...recipe,
      template: 'headed',
      training: { optimizer: 'sgd', schedule: { warmup_steps: 3 } },
      evaluation: { metrics: ['rouge-l', { name: 'exact-match', normalization: 'squad' }] },
    }),
    {},
    registry,
  );
  expect(complete.method).toMatchObject({ name: 'lora', r: 8, alpha: 8 });
  expect(complete.template).toEqual({ name: 'headed', explained: true });
  expect(complete.training.optimizer).toEqual({
    name: 'sgd',
    learning_rate: 2e-4,
    momentum: 0,
    nesterov: false,
    weight_decay: 0.01,
    decay_exclude: [],
  });
  expect(complete.training.schedule).toEqual({ name: 'cosine', warmup_steps: 3 });
  expect(complete.evaluation.metrics).toEqual([
    'rouge-l',
    { name: 'exact-match', normalization: 'squad' },
  ]);
  expect(warnings).toEqual([]);
});

test.each<[string, object, number]>([
  ['LoRA leaves it to AdamW', { method: 'lora' }, 2e-4],
  ['prefixes learn faster', { method: 'prefix-tuning' }, 5e-3],
  ['every weight learns slower', { method: 'full' }, 5e-5],
  ['methods that train together take the smaller one', { method: ['prefix-tuning', 'ia3'] }, 1e-3],
  [
    'what the recipe names counts',
    { method: 'full', training: { optimizer: { learning_rate: 1e-3 } } },
    1e-3,
  ],
  ['another optimizer has its own', { method: 'full', training: { optimizer: 'sgd' } }, 2e-4],
])('learning rate: %s', (_, written, rate) => {
  const { recipe: complete } = completeRecipe(
    resolveRecipe({ ...recipe, ...written }),
    {},
    registry,
  );
  expect(complete.training.optimizer).toMatchObject({ learning_rate: rate });
});

test.each<[string, object, string]>([
  [
    'a method',
    { method: { name: 'lora', rank: 8 } },
    'method lora: "rank" is not a known key; accepted: r, alpha, targets',
  ],
  ['full', { method: { name: 'full', r: 8 } }, 'method full: "r" is not a known key'],
  ['a name', { method: 'ful' }, 'there is no method named "ful"; nearest: "full"'],
  [
    'an optimizer',
    { training: { optimizer: { name: 'sgd', betas: [0.9, 0.99] } } },
    'optimizer sgd: "betas" is not a known key; accepted: learning_rate, momentum',
  ],
  [
    'a range',
    { training: { optimizer: { betas: [0.9, 1] } } },
    'optimizer adamw: betas[1] is 1; accepted: a number of at least 0 and below 1',
  ],
  [
    'a schedule',
    { training: { schedule: { name: 'linear', warmup: 3 } } },
    'schedule linear: "warmup" is not a known key',
  ],
  ['a template', { template: { name: 'plain', explained: false } }, 'prompt template plain: "expl'],
  [
    'a metric',
    { evaluation: { metrics: [{ name: 'contains', normalization: 'squat' }] } },
    'metric contains: normalization is "squat"; nearest: "squad"',
  ],
  [
    'a format',
    { data: [{ path: 'a.jsonl', format: { name: 'alpaca', columns: 1 } }] },
    'dataset adapter alpaca: "columns" is not a known key',
  ],
  ['a source', { data: [{ source: 'colection' }] }, 'there is no data source named "colection"'],
])('what %s does not take is refused, by name', (_, changes, message) => {
  const written = resolveRecipe({ ...recipe, ...changes });
  expect(() => completeRecipe(written, {}, registry)).toThrow(message);
});

test('options of another method stay where the new one knows them, and are named where not', () => {
  const method = { name: 'prompt', r: 8, targets: ['q_proj'], num_virtual_tokens: 4 };
  expect(withoutForeign('method', method, ['r', 'targets'], registry)).toEqual({
    mention: { name: 'prompt', num_virtual_tokens: 4 },
    leftOut: ['r', 'targets'],
  });
  const lora = { name: 'lora', r: 8, reduction: 4 };
  expect(withoutForeign('method', lora, ['r', 'reduction'], registry)).toEqual({
    mention: { name: 'lora', r: 8 },
    leftOut: ['reduction'],
  });
});

test('full and none take none of them', () => {
  expect(withoutForeign('method', { name: 'full', r: 8 }, ['r'], registry)).toEqual({
    mention: { name: 'full' },
    leftOut: ['r'],
  });
});

test('what was written for the method itself is left to its own check', () => {
  const mention = { name: 'lora', rank: 8 };
  expect(withoutForeign('method', mention, [], registry)).toEqual({ mention, leftOut: [] });
});

test('an optimizer that an override replaced leaves its options behind, with a word', () => {
  const written = resolveRecipe({
    ...recipe,
    training: { optimizer: { name: 'sgd', learning_rate: 0.1, betas: [0.8, 0.9] } },
  });
  const inherited = { optimizer: ['learning_rate', 'betas'] };
  const { recipe: complete, warnings } = completeRecipe(written, inherited, registry);
  expect(complete.training.optimizer).toMatchObject({ name: 'sgd', learning_rate: 0.1 });
  expect(warnings).toMatchObject([
    {
      code: 'settings-left-out',
      message:
        "the recipe's training.optimizer.betas belong to another optimizer and are left out: sgd does not take them",
    },
  ]);
});
