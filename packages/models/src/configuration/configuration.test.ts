import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findArchitecture } from '../architectures/registry.ts';
import { peftFixture } from '../../test-support/fixtures.ts';
import type { ModelSpec } from '../model.ts';
import { readConfiguration } from './reader.ts';
import { readRotary } from './rotary.ts';

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
      /config\.json: there is no model_type named "lama"; nearest: "llama"; accepted: llama, mistral, qwen2, gpt2/,
    ],
    ['base_llama', { hidden_act: 'hardswish' }, /"hidden_act" is "hardswish"; accepted: silu/],
    ['base_llama', { quantization_config: { bits: 4 } }, /"quantization_config" is \{"bits":4\}/],
    [
      'base_llama',
      { rope_parameters: { rope_type: 'spiral', rope_theta: 1 } },
      /"rope_parameters.rope_type" is "spiral"; accepted: default, linear/,
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
      { num_key_value_heads: 3 },
      /"num_key_value_heads" is 3; accepted: a divisor of num_attention_heads = 4/,
    ],
    ['base_llama', { hidden_size: null }, /"hidden_size" is null; accepted: a whole number/],
    ['base_llama', { head_dim: 5 }, /"head_dim" is 5; accepted: an even number/],
    ['base_gpt2', { activation_function: 'swiglu' }, /"activation_function" is "swiglu"/],
    ['base_gpt2', { add_cross_attention: true }, /"add_cross_attention" is true/],
    [
      'base_llama',
      { rms_norm_eps: 1e300 },
      /"rms_norm_eps" is 1e\+300; accepted: a number above 0/,
    ],
    [
      'base_qwen2',
      {
        use_sliding_window: true,
        sliding_window: 'all',
        max_window_layers: 0,
        layer_types: null,
      },
      /"sliding_window" is "all"/,
    ],
    [
      'base_qwen2',
      { layer_types: ['full_attention'] },
      /"layer_types" is \["full_attention"\]; accepted: 2 of full_attention, sliding_attention/,
    ],
  ])('%s with %o', ([base, changes, message]) => {
    expect(() => specOf(base, changes)).toThrow(message);
  });
});

describe('settings that the model type does not read change nothing', () => {
  const windowed = { layer_types: null, use_sliding_window: true, sliding_window: 4 };
  test.for<[base: string, changes: Record<string, unknown>]>([
    ['base_llama', { sliding_window: 16 }],
    ['base_llama', { use_sliding_window: true, sliding_window: 16, max_window_layers: 0 }],
    ['base_llama', { pretraining_tp: 4 }],
    ['base_llama', { pretraining_tp: null }],
    ['base_llama', { chunk_size_feed_forward: 8 }],
    ['base_qwen2', { attention_bias: false, mlp_bias: true }],
    ['base_qwen2', { use_sliding_window: false, sliding_window: 4 }],
    ['base_qwen2', { layer_types: ['sliding_attention', 'full_attention'], sliding_window: 4 }],
    ['base_qwen2', { ...windowed, max_window_layers: 2 }],
    ['base_qwen2', windowed],
    ['base_qwen2', { ...windowed, sliding_window: null, max_window_layers: 0 }],
    ['base_gpt2', { reorder_and_upcast_attn: true }],
  ])('%s with %o', ([base, changes]) => {
    expect({ ...specOf(base, changes), configuration: {} }).toEqual({
      ...specOf(base, {}),
      configuration: {},
    });
  });
});

describe('the sliding windows of the layers', () => {
  const windows = (base: string, changes: object): (number | undefined)[] =>
    specOf(base, changes as Record<string, unknown>).sites.flatMap((site) =>
      site.kind === 'attention' ? [site.window] : [],
    );

  test('are those of the configuration, 4096 where it is silent, and none where it is null', () => {
    const mistral = (changes: object) =>
      windows('base_llama', { model_type: 'mistral', num_hidden_layers: 2, ...changes });
    expect(mistral({ sliding_window: 24 })).toEqual([24, 24]);
    expect(mistral({ sliding_window: null })).toEqual([undefined, undefined]);
    expect(mistral({})).toEqual([4096, 4096]);
  });

  test('are used by the layers that qwen2 says', () => {
    const qwen2 = (changes: object) =>
      windows('base_qwen2', {
        layer_types: null,
        use_sliding_window: true,
        sliding_window: 24,
        ...changes,
      });
    expect(qwen2({ max_window_layers: 1 })).toEqual([undefined, 24]);
    expect(qwen2({ max_window_layers: 2 })).toEqual([undefined, undefined]);
    expect(qwen2({ layer_types: ['sliding_attention', 'full_attention'] })).toEqual([
      24,
      undefined,
    ]);
    expect(
      qwen2({ layer_types: ['full_attention', 'full_attention'], max_window_layers: 0 }),
    ).toEqual([undefined, undefined]);
  });
});

describe('the longest sequence', () => {
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

describe('keys of the rotary embedding, older and newer, side by side', () => {
  const rotary = (keys: Record<string, unknown>): number =>
    readRotary(readConfiguration(keys), { headDim: 4, maximumPositions: 64 })
      .inverseFrequencies[1]!;
  // Of a head of four dimensions the second pair turns by θ^(−1/2) a position.
  const linear = { rope_type: 'linear', factor: 2 };

  test.for<[keys: Record<string, unknown>, theta: number, factor: number]>([
    [{}, 10000, 1],
    [{ rope_theta: 400 }, 400, 1],
    [{ rope_theta: 400, rope_parameters: { rope_type: 'default' } }, 400, 1],
    [{ rope_theta: 400, rope_parameters: { rope_type: 'default', rope_theta: 900 } }, 900, 1],
    [{ rope_theta: 400, rope_scaling: linear }, 400, 2],
    [{ rope_theta: 400, rope_scaling: { ...linear, rope_theta: 900 } }, 900, 2],
    [{ rope_scaling: linear, rope_parameters: { rope_theta: 900 } }, 10000, 2],
    [{ rope_theta: 400, rope_scaling: linear, rope_parameters: { rope_theta: 900 } }, 400, 2],
    [{ rope_scaling: null, rope_parameters: { ...linear, rope_theta: 900 } }, 900, 2],
    [{ rope_scaling: {}, rope_parameters: { ...linear, rope_theta: 900 } }, 900, 2],
    [{ rope_scaling: { type: 'linear', rope_type: 'default', factor: 2 } }, 10000, 1],
  ])('are read as in transformers 5: %o', ([keys, theta, factor]) => {
    expect(rotary(keys)).toBeCloseTo(1 / Math.sqrt(theta) / factor, 7);
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
