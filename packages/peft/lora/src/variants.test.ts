import type { ModelSpec } from '@tunesmith/models';
import { testPeftMethod } from '@tunesmith/testing';
import { lora } from './index.ts';

/** Σ r · (in + out) + more · out over the linear maps whose names end so. */
function ofMaps(model: ModelSpec, rank: number, more: number, ending: RegExp): number {
  return model.sites.reduce((sum, site) => {
    const taken = site.kind === 'linear' && ending.test(site.name);
    return sum + (taken ? rank * (site.in + site.out) + more * site.out : 0);
  }, 0);
}
const usual = /(q_proj|v_proj|c_attn)$/;

testPeftMethod({
  method: lora,
  config: { r: 2, use_dora: true },
  label: 'DoRA',
  constants: 'the length of each output',
  effectAtStart: 1e-5,
  // The lengths are those of the weights in float32.
  effectOverQuantized: 0.3,
  parameterCount: (model) => ofMaps(model, 2, 1, usual),
});

testPeftMethod({
  method: lora,
  config: { r: 2, use_dora: true, targets: ['q', 'wi', 'lm_head'] },
  label: 'DoRA of an encoder, a decoder and their head',
  constants: 'the length of each output',
  effectAtStart: 1e-5,
  // The lengths are those of the weights in float32.
  effectOverQuantized: 0.3,
  models: ['t5'],
  parameterCount: (model) => ofMaps(model, 2, 1, /\.(q|wi)$|lm_head$/),
});

testPeftMethod({
  method: lora,
  config: { r: 2, lora_bias: true, targets: ['c_attn', 'mlp.c_proj'] },
  label: 'biases of updates',
  models: ['gpt2'],
  parameterCount: (model) => ofMaps(model, 2, 1, /(c_attn|mlp\.c_proj)$/),
});

testPeftMethod({
  method: lora,
  config: { r: 2, alpha: 1, targets: ['embed_tokens', 'v_proj'] },
  label: 'an embedding',
  models: ['llama', 'qwen2'],
  parameterCount: (model) => ofMaps(model, 2, 0, /v_proj$/) + 2 * (model.vocabulary + model.width),
});

testPeftMethod({
  method: lora,
  config: { r: 2, targets: ['wte', 'c_attn'], use_dora: true },
  label: 'DoRA of an embedding',
  constants: 'the length of each output',
  effectAtStart: 1e-5,
  // The lengths are those of the weights in float32.
  effectOverQuantized: 0.3,
  models: ['gpt2'],
  parameterCount: (model) =>
    ofMaps(model, 2, 1, /c_attn$/) + 2 * (model.vocabulary + model.width) + model.width,
});

testPeftMethod({
  method: lora,
  config: { r: 2, trainable_token_indices: [3, 14, 28] },
  label: 'rows of tokens',
  effectAtStart: 1e-6,
  choosable: ({ tied }) => !tied,
  parameterCount: (model) => ofMaps(model, 2, 0, usual) + 3 * model.width,
});

testPeftMethod({
  method: lora,
  config: { r: 2, trainable_token_indices: { embed_tokens: [3, 14], lm_head: [5] } },
  label: 'rows of tokens by table',
  effectAtStart: 1e-6,
  choosable: () => false,
  models: ['llama'],
  parameterCount: (model) => ofMaps(model, 2, 0, usual) + 3 * model.width,
});

testPeftMethod({
  method: lora,
  config: { r: 2, init: 'orthogonal' },
  label: 'an orthogonal start',
  effectAtStart: 1e-6,
  parameterCount: (model) => ofMaps(model, 2, 0, usual),
});

for (const config of [
  { init: 'pissa' },
  { init: 'pissa', pissa_niter: 4, use_rslora: true, alpha: 3 },
  { init: 'olora', targets: 'all-linear' },
]) {
  testPeftMethod({
    method: lora,
    config: { r: 3, ...config },
    label: `a start from the weight: ${JSON.stringify(config)}`,
    effectAtStart: 1e-4,
    storedInAnotherForm: true,
    parameterCount: (model) => ofMaps(model, 3, 0, config.targets ? /(_proj|c_attn|c_fc)$/ : usual),
  });
}

// A base that is not quantized, to which the start adds what quantization would have lost.
testPeftMethod({
  method: lora,
  config: { r: 2, init: 'loftq', loftq_bits: 8 },
  label: 'a start from what quantization loses',
  effectAtStart: 0.1,
  parameterCount: (model) => ofMaps(model, 2, 0, usual),
});
