import { methodKind } from '@tunesmith/peft';
import { createRegistry, partsOf } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { builtInPlugins } from 'tunesmith/node';
import { chosenContestants, methodContestants } from './contestants.ts';

const registry = createRegistry(
  [methodKind],
  builtInPlugins.filter(({ kind }) => kind === 'method'),
);

/**
 * A step on the way to `intrinsic-prompt`, measured by `bench intrinsic`: nothing answers by it.
 */
const apart = ['prompt-subspace'];

test('every built-in method is compared', () => {
  const compared = new Set(methodContestants.map(({ method }) => partsOf(method).name));
  const missing = registry.all('method').filter(({ name }) => !compared.has(name));
  expect(missing.map(({ name }) => name).toSorted()).toEqual(apart);
});

test.each(methodContestants.filter(({ method }) => method !== 'full'))(
  '$name stands with options that its method takes',
  ({ method }) => {
    expect(() => registry.choose('method', method)).not.toThrow();
  },
);

test('names are unique: each is a folder of results', () => {
  const names = methodContestants.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('a name that no contestant has is refused, with the nearest', () => {
  expect(() => chosenContestants(['lora', 'bitfitt'])).toThrow(
    'there is no contestant named "bitfitt"; nearest: "bitfit"; accepted: ',
  );
});
