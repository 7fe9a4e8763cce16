import type { Adapter } from '@tunesmith/peft';
import { expect, test } from 'vitest';
import { distinctNames, virtualTokensOf } from './adapters.ts';

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

test('names that are alike are numbered', () => {
  expect(distinctNames(['lora', 'bitfit', 'lora', 'lora-2', 'lora'])).toEqual([
    'lora',
    'bitfit',
    'lora-2',
    'lora-2-2',
    'lora-3',
  ]);
});
