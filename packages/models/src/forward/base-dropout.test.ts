import { type HostTensor } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, expect, test } from 'vitest';
import { findArchitecture } from '../architectures/registry.ts';
import { initializeParameters } from '../checkpoint/initialize.ts';
import type { Architecture, ModelSpec } from '../model.ts';
import { createScope } from './scope.ts';

const device = await openDevice('cpu');
afterAll(() => device.close());

const int = (...data: number[]): HostTensor => ({
  dtype: 'int32',
  shape: [1, data.length],
  data: Int32Array.from(data),
});

const decoder = {
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  max_position_embeddings: 8,
};
const stack = (name: string): object => ({
  [`${name}_layers`]: 1,
  [`${name}_attention_heads`]: 2,
  [`${name}_ffn_dim`]: 12,
});
const classifier = (family: string): object => ({
  ...decoder,
  architectures: [`${family}ForSequenceClassification`],
  num_labels: 2,
});

/** Families with their sizes, and every rate of their configurations that acts in training. */
const families: Readonly<Record<string, { configuration: object; rates: readonly string[] }>> = {
  gpt2: {
    configuration: { n_embd: 8, n_head: 2, n_layer: 1, n_positions: 8 },
    rates: ['embd_pdrop', 'attn_pdrop', 'resid_pdrop'],
  },
  gpt_neox: { configuration: decoder, rates: ['attention_dropout', 'hidden_dropout'] },
  opt: { configuration: { ...decoder, ffn_dim: 12 }, rates: ['attention_dropout', 'dropout'] },
  bloom: {
    configuration: { hidden_size: 8, n_head: 2, n_layer: 1 },
    rates: ['attention_dropout', 'hidden_dropout'],
  },
  falcon: {
    configuration: { ...decoder, alibi: true },
    rates: ['attention_dropout', 'hidden_dropout'],
  },
  ...Object.fromEntries(
    ['llama', 'mistral', 'qwen2', 'smollm3', 'olmo2', 'granite', 'cohere'].map((modelType) => [
      modelType,
      {
        configuration: { ...decoder, num_key_value_heads: 2 },
        rates: ['attention_dropout'],
      },
    ]),
  ),
  ...Object.fromEntries(
    ['qwen3', 'gemma', 'gemma2', 'gemma3_text'].map((modelType) => [
      modelType,
      {
        configuration: { ...decoder, num_key_value_heads: 2, head_dim: 4 },
        rates: ['attention_dropout'],
      },
    ]),
  ),
  phi3: { configuration: decoder, rates: ['attention_dropout', 'resid_pdrop'] },
  starcoder2: {
    configuration: decoder,
    rates: ['attention_dropout', 'residual_dropout', 'embedding_dropout'],
  },
  mixtral: {
    configuration: {
      ...decoder,
      num_key_value_heads: 2,
      num_local_experts: 2,
      num_experts_per_tok: 1,
    },
    rates: ['attention_dropout', 'router_jitter_noise'],
  },
  qwen3_moe: {
    configuration: {
      ...decoder,
      num_key_value_heads: 2,
      num_experts: 2,
      num_experts_per_tok: 1,
      moe_intermediate_size: 8,
    },
    rates: ['attention_dropout'],
  },
  bert: {
    configuration: decoder,
    rates: ['hidden_dropout_prob', 'attention_probs_dropout_prob'],
  },
  'bert, labels': { configuration: classifier('Bert'), rates: ['classifier_dropout'] },
  'roberta, labels': { configuration: classifier('Roberta'), rates: ['classifier_dropout'] },
  distilbert: {
    configuration: { dim: 8, n_heads: 2, n_layers: 1, hidden_dim: 12 },
    rates: ['dropout', 'attention_dropout'],
  },
  'distilbert, labels': {
    configuration: { ...classifier('DistilBert'), hidden_dim: 12 },
    rates: ['seq_classif_dropout'],
  },
  t5: {
    configuration: { d_model: 8, d_kv: 4, d_ff: 12, num_layers: 1, num_heads: 2 },
    rates: ['dropout_rate'],
  },
  bart: {
    configuration: { d_model: 8, ...stack('encoder'), ...stack('decoder') },
    rates: ['dropout', 'attention_dropout', 'activation_dropout'],
  },
};

/** Rates that a configuration has besides those that are tried, so that these act alone. */
const silent = {
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
  dropout: 0,
  attention_dropout: 0,
};

function architectureOf(
  name: string,
  rates: object,
): { architecture: Architecture; spec: ModelSpec } {
  const [modelType] = name.split(',');
  const configuration = {
    model_type: modelType,
    vocab_size: 9,
    pad_token_id: 0,
    ...silent,
    ...families[name]!.configuration,
    ...rates,
  };
  const architecture = findArchitecture(configuration);
  return { architecture, spec: architecture.spec(configuration) };
}

/** Logits with the rates given; without a seed the base's dropout is off. */
async function logits(name: string, rates: object, seed?: number): Promise<number[]> {
  const { architecture, spec } = architectureOf(name, rates);
  const run = device.jit('dropped', ({ ids, positions, seed, ...parameters }) => {
    const baseDropout = seed ? { baseDropout: { seed } } : {};
    const scope = createScope({ parameters, ...baseDropout });
    const sequence = { ids: ids!, positions: positions! };
    const { hidden } = architecture.forward(spec, scope, { ...sequence, source: sequence });
    return { logits: architecture.head(spec, scope).logits(hidden) };
  });
  const outputs = await run({
    ...initializeParameters(spec, 1, { std: 0.3 }),
    ids: int(1, 2, 3),
    positions: int(0, 1, 2),
    ...(seed === undefined
      ? {}
      : { seed: { dtype: 'int32', shape: [], data: Int32Array.of(seed) } as const }),
  });
  return [...(await device.read(outputs['logits']!)).data];
}

test.each(Object.keys(families))(
  'the own dropout of %s acts at each of its rates, and is off without a seed',
  async (name) => {
    const { rates } = families[name]!;
    const all = (rate: number): object => Object.fromEntries(rates.map((key) => [key, rate]));
    const off = await logits(name, all(0.5));
    expect(await logits(name, all(0), 7)).toEqual(off);
    for (const key of rates) {
      const dropped = await logits(name, { ...all(0), [key]: 0.5 }, 7);
      expect(dropped, key).not.toEqual(off);
      expect(await logits(name, { ...all(0), [key]: 0.5 }, 7)).toEqual(dropped);
      expect(await logits(name, { ...all(0), [key]: 0.5 }, 8)).not.toEqual(dropped);
    }
  },
);

test.each([
  ['opt', 'layerdrop'],
  ['bart', 'encoder_layerdrop'],
  ['bart', 'decoder_layerdrop'],
])(
  'layers of %s that %s would leave out are refused in training, and only there',
  async (name, key) => {
    const off = await logits(name, {});
    expect(await logits(name, { [key]: 0.5 })).toEqual(off);
    await expect(logits(name, { [key]: 0.5 }, 7)).rejects.toThrow(`"${key}" is 0.5`);
  },
);
