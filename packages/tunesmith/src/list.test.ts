import { definePlugin, type Metric } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { list } from './list.ts';
import { builtInMethods } from './plugins/built-in.ts';

test('the methods that can be named are listed with full and none', () => {
  const found = list({ kind: 'method' });
  const methods = builtInMethods.map(({ name }) => name);
  expect(found.map(({ name }) => name)).toEqual([...methods, 'full', 'none']);
  expect(found.filter(({ description }) => description === '')).toEqual([]);
});

test('each says what it does, what it follows and which options it takes', () => {
  const [adamw] = list({ kind: 'optimizer' });
  expect(adamw).toMatchObject({
    kind: 'optimizer',
    name: 'adamw',
    description: "Adam with decoupled weight decay, torch's semantics.",
    reference: { authors: 'Loshchilov and Hutter', year: 2019 },
  });
  expect(adamw!.options.slice(0, 2)).toEqual([
    {
      name: 'learning_rate',
      type: 'a number above 0',
      default: 2e-4,
      description: expect.stringContaining('the schedule multiplies') as string,
    },
    {
      name: 'betas',
      type: 'a list of exactly 2, each a number of at least 0 and below 1',
      default: [0.9, 0.999],
      description: 'Decay of the running mean of gradients and of their squares.',
    },
  ]);
});

test('every kind is there, and everything has a sentence', () => {
  const found = list();
  const kinds = [...new Set(found.map(({ kind }) => kind))];
  expect(kinds).toEqual([
    'method',
    'dataset-adapter',
    'data-filter',
    'prompt-template',
    'metric',
    'chat-model',
    'synthesizer',
    'queue',
    'objective',
    'optimizer',
    'schedule',
    'architecture',
    'device',
  ]);
  for (const { description, options } of found)
    for (const sentence of [description, ...options.map((option) => option.description)])
      expect(sentence).toMatch(/^[A-Z].*\.$/s);
});

test('a plugin of version 1 is listed by the sentence that it had', () => {
  const metric = { specVersion: 1, name: 'old', summary: 'How old it is.', range: [0, 1] };
  const value = { ...metric, higherIsBetter: true, score: () => 1 } as unknown as Metric;
  const found = list({ kind: 'metric', plugins: [definePlugin('metric', value)] });
  expect(found.at(-1)).toEqual({
    kind: 'metric',
    name: 'old',
    description: 'How old it is.',
    options: [],
  });
});
