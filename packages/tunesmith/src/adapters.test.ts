import type { Adapter } from '@tunesmith/peft';
import { expect, test } from 'vitest';
import { distinctNames, virtualTokensOf, warnOfUnchosen } from './adapters.ts';

const taking = (place: 'input' | 'keys', count: number) =>
  ({
    plan: { tensors: [], base: [], sites: [], virtualTokens: { place, count } },
  }) as unknown as Adapter;

test('virtual tokens of several adapters are in one place', () => {
  expect(virtualTokensOf([])).toEqual({ place: 'input', count: 0 });
  expect(virtualTokensOf([taking('keys', 2), taking('keys', 3)])).toEqual({
    place: 'keys',
    count: 5,
  });
  expect(() => virtualTokensOf([taking('input', 2), taking('keys', 3)])).toThrow(
    'one adapter puts virtual tokens before the input and another one among the keys',
  );
});

test('an adapter that no record chooses is said', () => {
  const [poems, sums, always] = ['poems', 'sums', 'always'].map((name) => ({
    name,
    ...(name === 'always' ? {} : { byRecord: true }),
  })) as unknown as [Adapter, Adapter, Adapter];
  const said: string[] = [];
  warnOfUnchosen([poems, sums, always], [{ meta: { adapter: 'sums' } }, {}], ({ message }) =>
    said.push(message),
  );
  expect(said).toEqual([
    'adapter "poems" acts on records whose meta.adapter is "poems", and there is none',
  ]);
});

test('a number or a truth value of a record chooses as its text', () => {
  const adapters = ['1', 'true'].map((name) => ({ name, byRecord: true })) as unknown as Adapter[];
  const said: string[] = [];
  const records = [{ meta: { adapter: 1 } }, { meta: { adapter: true } }];
  warnOfUnchosen(adapters, records, ({ message }) => said.push(message));
  expect(said).toEqual([]);
});

test('names that are alike are numbered', () => {
  expect(distinctNames(['lora', 'bitfit', 'lora', 'lora-2', 'lora'])).toEqual([
    'lora',
    'bitfit',
    'lora-2',
    'lora-2-2',
    'lora-3',
  ]);
  expect(distinctNames(['LoRA', 'lora', 'bitfit'], ['lora'])).toEqual([
    'LoRA-2',
    'lora-3',
    'bitfit',
  ]);
});
