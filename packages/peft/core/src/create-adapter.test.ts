import { beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '@tunesmith/models';
import type { PeftMethod } from './contract.ts';
import type { Plan } from './plan.ts';
import { createAdapter } from './create-adapter.ts';
import { baseModel } from './test-support/base-models.ts';
import { shift } from './test-support/shift-method.ts';
import type { ShiftConfig } from './test-support/shift-method.ts';

let model: Model;
beforeAll(async () => {
  model = await baseModel('llama');
});

describe('createAdapter', () => {
  it('completes the configuration with its defaults', async () => {
    const adapter = await createAdapter({ model, method: shift, seed: 0 });
    expect(adapter.name).toBe('default');
    expect(adapter.config).toEqual({ start: 0, base: [] });
  });

  it('copies the base tensors that train', async () => {
    const { parameters } = await createAdapter({
      model,
      method: shift,
      config: { base: ['model.norm.weight'] },
      seed: 0,
    });
    const norm = await model.weights.read('model.norm.weight');
    expect(parameters['model.norm.weight']).toEqual(norm);
    expect(parameters['model.norm.weight']!.data).not.toBe(norm.data);
  });

  it('names a setting that does not exist and the nearest one that does', async () => {
    await expect(
      createAdapter({ model, method: shift, config: { strat: 1 }, seed: 0 }),
    ).rejects.toThrow(/strat.*nearest: "start"/);
  });

  it.each(['', 'a b', 'a/b', 'a.b'])('refuses the name "%s"', async (name) => {
    await expect(createAdapter({ model, method: shift, name, seed: 0 })).rejects.toThrow(
      'cannot be named',
    );
  });

  it.each<[string, Partial<Plan>, string]>([
    [
      'a tensor twice',
      { base: ['model.norm.weight', 'model.norm.weight'] },
      'holds "model.norm.weight" twice',
    ],
    [
      'a base tensor that is not there',
      { base: ['nowhere'] },
      'trains "nowhere", which the model does not have',
    ],
    [
      'a base name for a new tensor',
      { tensors: [{ name: 'lm_head.weight', shape: [1], init: { kind: 'zeros' } }] },
      'gives a new tensor the name of the base tensor "lm_head.weight"',
    ],
    [
      'no virtual tokens',
      { virtualTokens: { place: 'input', count: 0 } },
      'takes 0 virtual tokens',
    ],
  ])('refuses a plan with %s', async (_, change, message) => {
    const method: PeftMethod<ShiftConfig> = {
      ...shift,
      plan: (spec, config) => ({ ...shift.plan(spec, config), ...change }),
    };
    await expect(createAdapter({ model, method, seed: 0 })).rejects.toThrow(message);
  });
});
