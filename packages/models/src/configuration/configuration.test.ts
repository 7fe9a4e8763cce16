import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findArchitecture } from '../architectures/registry.ts';
import { peftFixture } from '../../test-support/fixtures.ts';
import type { ModelSpec } from '../model.ts';

function specOf(base: string, changes: Record<string, unknown>): ModelSpec {
  const configuration = {
    ...JSON.parse(readFileSync(`${peftFixture(base)}/config.json`, 'utf8')),
    ...changes,
  } as object;
  return findArchitecture(configuration).spec(configuration);
}

describe('settings that are not supported are refused by name', () => {
  test.for<[base: string, changes: Record<string, unknown>, message: RegExp]>([
    [
      'base_llama',
      { model_type: 'lama' },
      /"model_type" is "lama"; nearest: "llama"; accepted: llama, mistral, qwen2, gpt2/,
    ],
    ['base_llama', { hidden_act: 'mish' }, /"hidden_act" is "mish"; accepted: silu/],
    ['base_llama', { quantization_config: { bits: 4 } }, /"quantization_config" is \{"bits":4\}/],
    [
      'base_llama',
      { rope_parameters: { rope_type: 'longrope', rope_theta: 1 } },
      /"rope_parameters.rope_type" is "longrope"; accepted: default, linear/,
    ],
    [
      'base_llama',
      { rope_parameters: null, rope_scaling: { factor: 2 } },
      /"rope_scaling.rope_type" is missing/,
    ],
    [
      'base_llama',
      { rope_parameters: { rope_type: 'yarn', rope_theta: 1e4 } },
      /"rope_parameters.factor" is missing/,
    ],
    [
      'base_llama',
      { sliding_window: 16 },
      /"sliding_window" is 16, which llama models do not read/,
    ],
    [
      'base_llama',
      { num_key_value_heads: 3 },
      /"num_key_value_heads" is 3; accepted: a divisor of num_attention_heads = 4/,
    ],
    ['base_llama', { hidden_size: null }, /"hidden_size" is null; accepted: a whole number/],
    ['base_llama', { head_dim: 5 }, /"head_dim" is 5; accepted: an even number/],
    ['base_gpt2', { activation_function: 'swiglu' }, /"activation_function" is "swiglu"/],
    ['base_gpt2', { add_cross_attention: true }, /"add_cross_attention" is true/],
    [
      'base_qwen2',
      { attention_bias: false },
      /"attention_bias" is false, which qwen2 models do not read; accepted: true/,
    ],
  ])('%s with %o', ([base, changes, message]) => {
    expect(() => specOf(base, changes)).toThrow(message);
  });
});

describe('the longest sequence', () => {
  test('is bounded by a sliding window, within which the window hides nothing', () => {
    expect(
      specOf('base_llama', { model_type: 'mistral', sliding_window: 24 }).maximumPositions,
    ).toBe(24);
    expect(
      specOf('base_qwen2', { sliding_window: 24, use_sliding_window: false }).maximumPositions,
    ).toBe(64);
    expect(
      specOf('base_qwen2', { sliding_window: 24, use_sliding_window: true }).maximumPositions,
    ).toBe(24);
  });

  test('reaches as far as YaRN stretches the original context', () => {
    const rope = {
      rope_type: 'yarn',
      rope_theta: 1e4,
      factor: 4,
      original_max_position_embeddings: 32,
    };
    expect(specOf('base_llama', { rope_parameters: rope }).maximumPositions).toBe(128);
  });
});

test('sites carry Hugging Face names, in the order of the forward pass', () => {
  expect(
    specOf('base_gpt2', { n_layer: 1 }).sites.map((site) => `${site.kind} ${site.name}`),
  ).toEqual([
    'embed transformer.wte',
    'norm transformer.h.0.ln_1',
    'linear transformer.h.0.attn.c_attn',
    'attention transformer.h.0.attn',
    'linear transformer.h.0.attn.c_proj',
    'sublayer transformer.h.0.attn',
    'norm transformer.h.0.ln_2',
    'linear transformer.h.0.mlp.c_fc',
    'linear transformer.h.0.mlp.c_proj',
    'sublayer transformer.h.0.mlp',
    'norm transformer.ln_f',
    'linear lm_head',
  ]);
});
