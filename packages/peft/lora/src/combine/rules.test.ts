import { toHostTensor } from '@tunesmith/models';
import { readSafetensors } from '@tunesmith/models/node';
import { largestDifference } from '@tunesmith/peft';
import { describe, expect, it } from 'vitest';
import { matrixOf, tensorOf } from '../linear-algebra/matrix.ts';
import { combined } from './rules.ts';

// Hugging Face PEFT made these, with the same numbers staying: golden-combine/make_dare.py
const golden = new URL('../../golden-combine/dare.safetensors', import.meta.url).pathname;
const { tensors } = await readSafetensors(golden);
const tensor = (name: string) => toHostTensor(tensors[name]!, name);

const cases = Object.keys(tensors).flatMap((key) => {
  const [rule, density, majority] = key.split('/');
  if (rule !== 'dare_linear' && rule !== 'dare_ties') return [];
  return [
    { key, rule, density: Number(density), majority: majority as 'total' | 'frequency' } as const,
  ];
});

describe('DARE with known numbers that stay', () => {
  it('is compared at two densities, by either majority', () => {
    expect(cases).toHaveLength(6);
  });

  it.each(cases)('is what PEFT makes of them: $key', ({ key, rule, density, majority }) => {
    const drawn = ['drawn-one', 'drawn-other'].flatMap((name) => [...tensor(name).data]);
    const random = () => drawn.shift()!;
    const parts = [
      { values: matrixOf(tensor('one')), scaling: 0.7 },
      { values: matrixOf(tensor('other')), scaling: -0.4 },
    ];
    const outcome = combined(rule, parts, { density, majority, random });
    expect(largestDifference(tensorOf(outcome), tensor(key))).toBeLessThan(1e-6);
    expect(drawn).toEqual([]);
  });
});
