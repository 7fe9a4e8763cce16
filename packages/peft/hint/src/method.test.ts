import type { Meta } from '@tunesmith/schema';
import { testPeftMethod } from '@tunesmith/testing';
import type { ModelSpec } from '@tunesmith/models';
import { hint } from './method.ts';
import { firstAttention } from './plan.ts';
import { hintSites, keyWidth } from './sites.ts';
import type { HintConfig } from './config.ts';

const records: [Meta, Meta] = [{ instruction: [3, 1, 4] }, { instruction: [1, 5, 9, 2, 6] }];

function parameters(model: ModelSpec, config: HintConfig): number {
  const { feedForward, attention } = hintSites(model, config);
  const { adapter_size: s, prefix_tokens: n, hidden_size } = config;
  const { heads, headDim } = firstAttention(model);
  const d = model.width;
  const h = hidden_size ?? d;
  const embeddings = feedForward.length * (2 * s + 2) + 2 * attention.length * n;
  const adapters = h * (4 * d + s + 3 * d);
  const prefixes = 2 * h * (d + keyWidth(attention[0] ?? firstAttention(model)));
  return embeddings * d + 4 * d * heads * headDim + (s > 0 ? adapters : 0) + (n > 0 ? prefixes : 0);
}

testPeftMethod({
  method: hint,
  models: ['llama', 'gpt2', 'bert', 't5'],
  config: { adapter_size: 3, prefix_tokens: 2, hidden_size: 5, instruction_tokens: 8 },
  records,
  effectAtStart: false,
  parameterCount: parameters,
});

testPeftMethod({
  method: hint,
  label: 'adapters alone',
  models: ['mixtral', 'qwen2'],
  config: { adapter_size: 3, prefix_tokens: 0, instruction_tokens: 8 },
  records,
  parameterCount: parameters,
});
