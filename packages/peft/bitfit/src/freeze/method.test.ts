import { describe, expect, it } from 'vitest';
import { createAdapter } from '@tunesmith/peft';
import { testPeftMethod, tinyModel } from '@tunesmith/testing';
import type { TinyModelName } from '@tunesmith/testing';
import { freeze } from './method.ts';

const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((size, extent) => size * extent, 1);

testPeftMethod({
  method: freeze,
  config: { last_layers: 1 },
  parameterCount: ({ tensors }) =>
    Object.entries(tensors)
      .filter(([name]) => /\.1\.|^model\.norm|ln_f/.test(name))
      .reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0),
});

testPeftMethod({
  method: freeze,
  config: { modules: ['self_attn'], head: true },
  label: 'attentions and the head',
  models: ['llama', 'qwen2'],
  parameterCount: ({ tensors, vocabulary, width }) =>
    Object.entries(tensors)
      .filter(([name]) => name.includes('self_attn'))
      .reduce((sum, [, { shape }]) => sum + sizeOf(shape), vocabulary * width),
});

describe('what is not frozen', () => {
  const planOf = async (name: TinyModelName, config: object) =>
    (await createAdapter({ model: tinyModel(name), method: freeze, config, seed: 0 })).plan;

  it('is the last two layers and the norm after them, where nothing is said', async () => {
    const { base } = await planOf('llama', {});
    expect(base).toHaveLength(2 * 9 + 1);
    expect(base).toContain('model.norm.weight');
    expect(base).not.toContain('model.embed_tokens.weight');
  });

  it('is what is named, and nothing else', async () => {
    expect(
      (await planOf('llama', { modules: ['model.norm', 'layers.0.mlp.up_proj'] })).base,
    ).toEqual(expect.arrayContaining(['model.norm.weight', 'model.layers.0.mlp.up_proj.weight']));
    expect((await planOf('llama', { modules: '.*down_proj.*' })).base).toHaveLength(2);
  });

  it('may be the table, with the head that shares it', async () => {
    const plan = await planOf('qwen2', { modules: ['norm'], embedding: true });
    expect(plan.untied).toBeUndefined();
    expect(plan.base).toContain('model.embed_tokens.weight');
  });

  it.each([
    [{ last_layers: 3 }, 'last_layers is 3, and the model has 2 layers; accepted: 1 to 2'],
    [
      { modules: ['mpl'] },
      'modules names "mpl", which matches nothing in the model; nearest: "mlp"',
    ],
    [{ modules: 'layers' }, 'modules names "layers", which matches nothing'],
  ])('%o is refused', async (config, message) => {
    await expect(planOf('llama', config)).rejects.toThrow(message);
  });
});
