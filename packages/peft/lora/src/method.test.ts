import type { ModelSpec } from '@tunesmith/models';
import { testPeftMethod } from '@tunesmith/testing';
import { lora } from './index.ts';

/** Σ r · (in + out) over the linear maps whose names end so. */
function lowRank(model: ModelSpec, rank: number, ...endings: string[]): number {
  return model.sites.reduce((sum, site) => {
    const taken = site.kind === 'linear' && endings.some((ending) => site.name.endsWith(ending));
    return sum + (taken ? rank * (site.in + site.out) : 0);
  }, 0);
}

testPeftMethod({
  method: lora,
  config: { r: 3, alpha: 6 },
  label: 'usual targets',
  parameterCount: (model) => lowRank(model, 3, 'q_proj', 'v_proj', 'c_attn'),
});

testPeftMethod({
  method: lora,
  config: { r: 2, targets: 'all-linear', use_rslora: true, bias: 'all' },
  label: 'all maps and all biases',
  parameterCount: (model) => {
    const maps = ['_proj', 'c_attn', 'c_fc'];
    const biases = Object.entries(model.tensors).filter(([name]) => name.endsWith('.bias'));
    return (
      lowRank(model, 2, ...maps) + biases.reduce((sum, [, { shape }]) => sum + (shape[0] ?? 0), 0)
    );
  },
});

testPeftMethod({
  method: lora,
  config: { r: 2, targets: ['q_proj', 'gate', 'w1', 'w2'] },
  label: 'a router and experts',
  models: ['mixtral'],
  parameterCount: (model) => lowRank(model, 2, 'q_proj', 'gate', 'w1', 'w2'),
});

testPeftMethod({
  method: lora,
  config: {
    r: 2,
    targets: ['o_proj', 'lm_head'],
    modules_to_save: ['model.norm'],
    init: 'gaussian',
  },
  label: 'the head, and a norm saved whole',
  models: ['llama'],
  parameterCount: (model) => lowRank(model, 2, 'o_proj', 'lm_head') + model.width,
});

// Models whose head is the embedding, which the adapter parts.
testPeftMethod({
  method: lora,
  config: { r: 2, modules_to_save: ['lm_head'] },
  label: 'a tied head saved whole',
  models: ['qwen2', 'gpt2'],
  parameterCount: (model) =>
    lowRank(model, 2, 'q_proj', 'v_proj', 'c_attn') + model.vocabulary * model.width,
});

testPeftMethod({
  method: lora,
  config: { r: 2, targets: ['o_proj', 'lm_head'], modules_to_save: ['embed_tokens'] },
  label: 'a tied head, and its embedding saved whole',
  models: ['qwen2'],
  parameterCount: (model) =>
    lowRank(model, 2, 'o_proj', 'lm_head') + model.vocabulary * model.width,
});

// An encoder, and an encoder with a decoder.
testPeftMethod({
  method: lora,
  config: { r: 2, targets: ['query', 'output.dense'] },
  label: 'maps by name',
  models: ['bert'],
  parameterCount: (model) => lowRank(model, 2, '.query', '.output.dense'),
});

testPeftMethod({
  method: lora,
  config: { r: 2, targets: ['q', 'v', 'wo'] },
  label: 'maps of both stacks',
  models: ['t5'],
  parameterCount: (model) => lowRank(model, 2, '.q', '.v', '.wo'),
});
