import { methodKind } from '@tunesmith/peft';
import { createRegistry, partsOf } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { builtInPlugins } from 'tunesmith/node';
import { methodContestants } from './contestants.ts';

const registry = createRegistry(
  [methodKind],
  builtInPlugins.filter(({ kind }) => kind === 'method'),
);

/**
 * They go on from what an earlier run left, read numbers of tasks, or take instructions out of the prompt: not methods of one run
 * over plain data.
 */
const apart = ['adapter-fusion', 'hint', 'multi-task-prompt-tuning', 'prompt-subspace'];

test('every built-in method that needs nothing but data is compared', () => {
  const compared = new Set(methodContestants.map(({ method }) => partsOf(method).name));
  const missing = registry.all('method').filter(({ name }) => !compared.has(name));
  expect(missing.map(({ name }) => name).toSorted()).toEqual(apart);
});

test.each(methodContestants.filter(({ name }) => name !== 'full'))(
  '$name stands with options that its method takes',
  ({ method }) => {
    expect(() => registry.choose('method', method)).not.toThrow();
  },
);

test('names are unique: each is a folder of results', () => {
  const names = methodContestants.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
