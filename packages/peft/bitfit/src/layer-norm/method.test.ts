import { describe, expect, it } from 'vitest';
import { createAdapter } from '@tunesmith/peft';
import { testPeftMethod, tinyModel } from '@tunesmith/testing';
import { layerNormTuning } from './method.ts';

testPeftMethod({
  method: layerNormTuning,
  models: ['llama', 'qwen2', 'gpt2', 'bert', 't5'],
  parameterCount: (model) =>
    model.sites.reduce(
      (sum, site) =>
        site.kind === 'norm' ? sum + site.width * (site.bias === undefined ? 1 : 2) : sum,
      0,
    ),
});

testPeftMethod({
  method: layerNormTuning,
  config: { targets: ['norm'] },
  label: 'the last norm',
  models: ['llama'],
  parameterCount: (model) => model.width,
});

describe('targets of layer-norm tuning', () => {
  it.each([
    [{ targets: ['input_layernrom'] }, 'nearest: "input_layernorm"'],
    [{ targets: ['q_proj'] }, 'target "q_proj" is "model.layers.0.self_attn.q_proj", not a norm'],
    [{ targets: 'model\\.lay.*' }, undefined],
    [{ targets: 'lay' }, 'target "lay" matches no norm'],
    [{ targets: ['norm'], exclude_modules: ['norm'] }, 'the exclusions leave no norm'],
  ])('%o', async (config, message) => {
    const made = createAdapter({
      model: tinyModel('llama'),
      method: layerNormTuning,
      config,
      seed: 0,
    });
    if (message === undefined) expect((await made).plan.base).toHaveLength(4);
    else await expect(made).rejects.toThrow(message);
  });
});
