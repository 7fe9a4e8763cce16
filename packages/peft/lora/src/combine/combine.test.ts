import { toHostTensor } from '@tunesmith/models';
import { loadModel, readSafetensors } from '@tunesmith/models/node';
import { combineAdapters, createAdapter, largestDifference, type Adapter } from '@tunesmith/peft';
import { loadAdapter } from '@tunesmith/peft/node';
import { tinyModel } from '@tunesmith/testing';
import { describe, expect, it, test } from 'vitest';
import { lora, vera, type LoraConfig } from '../index.ts';
import { matrixOf, multiply, scale, tensorOf } from '../linear-algebra/matrix.ts';
import { scalingOf } from '../rank.ts';
import { peftFixtures } from '../test-support/peft-fixtures.ts';

// Hugging Face PEFT combined these: golden-combine/make.py
const golden = new URL('../../golden-combine/', import.meta.url).pathname;
const model = await loadModel(`${peftFixtures}base_llama`);
const load = (name: string) => loadAdapter(golden + name, { model, methods: [lora], name });
const adapters = [await load('one'), await load('other')];
const { tensors: expected } = await readSafetensors(`${golden}expected.safetensors`);

/** `scaling · B A` of a map. */
function updateOf({ config, parameters }: Adapter, site: string) {
  const [a, b] = ['lora_A', 'lora_B'].map((part) =>
    matrixOf(parameters[`${site}.${part}.weight`]!),
  );
  return tensorOf(scale(multiply(b!, a!), scalingOf(config as LoraConfig, site)));
}

describe.each([
  'linear',
  'cat',
  'svd',
  'ties',
  'ties_svd',
  'magnitude_prune',
  'magnitude_prune_svd',
  'dare_linear',
  'dare_ties',
] as const)('rule %s', (rule) => {
  it('gives the updates that PEFT gives', () => {
    const density = rule.startsWith('dare') ? 1 : 0.5;
    const outcome = combineAdapters(adapters, { rule, weights: [0.7, -0.4], density });
    const keys = Object.keys(expected).filter((key) => key.startsWith(`${rule}/`));
    expect(keys).toHaveLength(6);
    for (const key of keys) {
      const site = key.slice(rule.length + 1);
      const theirs = toHostTensor(expected[key]!, key);
      expect(largestDifference(updateOf(outcome, site), theirs), key).toBeLessThan(1e-5);
    }
  });
});

test('what DARE drops follows from the seed, and the mean stays', () => {
  const of = (seed: number) =>
    updateOf(
      combineAdapters(adapters, { rule: 'dare_linear_svd', density: 0.5, seed, rank: 16 }),
      'model.layers.0.self_attn.q_proj',
    );
  expect(of(1)).toEqual(of(1));
  expect(largestDifference(of(1), of(2))).toBeGreaterThan(0.01);
  const exact = updateOf(combineAdapters(adapters), 'model.layers.0.self_attn.q_proj');
  const mean = new Float64Array(exact.data.length);
  for (let seed = 0; seed < 60; seed += 1)
    of(seed).data.forEach((value, i) => {
      mean[i] = mean[i]! + value / 60;
    });
  const error = Math.hypot(...mean.map((value, i) => value - exact.data[i]!));
  expect(error / Math.hypot(...exact.data)).toBeLessThan(0.2);
});

describe('what cannot be combined is said', () => {
  const tiny = tinyModel('llama');
  const create = (config: object, name: string, method: object = lora) =>
    createAdapter({ model: tiny, method: method as typeof lora, config, seed: 0, name });

  it.each([
    [{ use_dora: true }, 'trains lengths of outputs (DoRA)'],
    [{ modules_to_save: ['model.norm'] }, 'trains a copy of "model.norm.weight"'],
    [{ trainable_token_indices: [1] }, 'trains rows of tokens'],
  ])('an adapter with %o', async (config, message) => {
    const [one, other] = [await create({}, 'one'), await create(config, 'other')];
    expect(() => combineAdapters([one, other])).toThrow(`adapter "other" ${message}`);
  });

  it('factors of different ranks', async () => {
    const [one, other] = [await create({ r: 2 }, 'one'), await create({ r: 3 }, 'other')];
    expect(() => combineAdapters([one, other], { rule: 'linear' })).toThrow('have ranks 2 and 3');
    expect(combineAdapters([one, other]).config).toMatchObject({ r: 5, alpha: 5 });
  });

  it('different methods, and numbers that do not fit', async () => {
    const [one, other] = [await create({}, 'one'), await create({ r: 4 }, 'other', vera)];
    expect(() => combineAdapters([one, other])).toThrow('are of different methods');
    expect(() => combineAdapters([other])).toThrow('adapters of method "vera" cannot be combined');
    expect(() => combineAdapters([one], { weights: [1, 2] })).toThrow('1 adapters have 2 weights');
    expect(() => combineAdapters([one], { density: 0 })).toThrow('a share of 0 is to stay');
    expect(() => combineAdapters([one], { weights: [0] })).toThrow('an adapter has weight 0');
  });
});

test('an adapter that began as a part of the weight is combined as the plain LoRA that it is saved as', async () => {
  const config = { r: 2, init: 'pissa' };
  const adapter = await createAdapter({ model: tinyModel('llama'), method: lora, config, seed: 0 });
  expect(
    combineAdapters([adapter, { ...adapter, name: 'again' }], { rule: 'svd' }).config,
  ).toMatchObject({ r: 4 });
});
