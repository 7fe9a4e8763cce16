import {
  readConfiguration,
  refuseUnsupportedSettings,
  type ConfigurationReader,
} from '../../configuration/reader.ts';
import { readRotary } from '../../configuration/rotary.ts';
import { readActivation } from '../../forward/activation.ts';
import type { ParallelSteps, Step } from '../../forward/steps.ts';
import type { ModelSpec } from '../../model.ts';
import type { NormSite } from '../../sites.ts';
import { buildDecoderHead } from '../decoder-head.ts';
import { createSpecBuilder, memoize } from '../builder.ts';
import { buildAttention, buildFeedForward } from '../layers.ts';

/** Everything the forward pass needs that is derived from the configuration. */
export interface FalconPlan {
  readonly spec: ModelSpec;
  readonly steps: readonly (Step | ParallelSteps)[];
  readonly finalNorm: NormSite;
  /** Heads of the constant bias by distance, in place of rotated positions, and what multiplies it. */
  readonly alibi?: { readonly heads: number; readonly scale: number };
}

/** How the two sub-layers of a block stand: one after the other, or side by side with one norm or with two. */
type Arrangement = 'sequence' | 'one norm' | 'two norms';

/**
 * `new_decoder_architecture`, `parallel_attn` and `num_ln_in_parallel_attn` together. Combinations that Hugging Face's class
 * cannot run are refused.
 */
function readArrangement(configuration: ConfigurationReader, isNew: boolean): Arrangement {
  const isParallel = configuration.boolean('parallel_attn', true);
  const norms = configuration.integer('num_ln_in_parallel_attn', { fallback: isNew ? 2 : 1 });
  if (!isParallel) {
    if (isNew) configuration.refuse('parallel_attn', 'true with new_decoder_architecture');
    return 'sequence';
  }
  if (norms > (isNew ? 2 : 1))
    configuration.refuse(
      'num_ln_in_parallel_attn',
      isNew ? '1 or 2' : '1 without new_decoder_architecture',
    );
  return norms === 2 ? 'two norms' : 'one norm';
}

/** Heads of keys: `num_kv_heads` of the new architecture; of the older one head, or all without `multi_query`. */
function readKeyHeads(configuration: ConfigurationReader, isNew: boolean, heads: number): number {
  const isMultiQuery = configuration.boolean('multi_query', true);
  if (!isNew && isMultiQuery) return 1;
  const stated = configuration.integer('num_kv_heads', { fallback: heads });
  if (isNew ? heads % stated !== 0 : stated !== heads)
    configuration.refuse(
      'num_kv_heads',
      isNew ? `a divisor of num_attention_heads = ${heads}` : `${heads}, as many as heads`,
    );
  return stated;
}

function derive(configurationObject: object): FalconPlan {
  const configuration = readConfiguration(configurationObject);
  refuseUnsupportedSettings(configuration);
  configuration.choice('model_type', ['falcon']);
  const width = configuration.integer(configuration.has('n_embed') ? 'n_embed' : 'hidden_size');
  const heads = configuration.integer('num_attention_heads');
  if (width % heads !== 0)
    configuration.refuse('num_attention_heads', `a divisor of hidden_size = ${width}`);
  const headDim = width / heads;
  const isNew = configuration.boolean('new_decoder_architecture', false);
  const arrangement = readArrangement(configuration, isNew);
  const kvHeads = readKeyHeads(configuration, isNew, heads);
  const positions = configuration.integer('max_position_embeddings', { fallback: 2048 });
  const hasAlibi = configuration.boolean('alibi', false);
  const rotary = hasAlibi
    ? undefined
    : readRotary(configuration, { headDim, maximumPositions: positions });
  const tied = configuration.boolean('tie_word_embeddings', true);
  const bias = configuration.boolean('bias', false);
  const inner = configuration.integer('ffn_hidden_size', { fallback: 4 * width });
  const activation = readActivation(configuration, 'activation', 'gelu');
  const probabilities = configuration.rate('attention_dropout');
  const output = configuration.rate('hidden_dropout');

  const build = createSpecBuilder();
  const norm = (name: string, layer?: number): NormSite =>
    build.norm(`transformer.${name}`, {
      formula: 'layer',
      epsilon: configuration.positive('layer_norm_epsilon', 1e-5),
      bias: true,
      width,
      ...(layer === undefined ? {} : { layer }),
    });
  const embed = build.embed('transformer.word_embeddings', {
    vocabulary: configuration.integer('vocab_size'),
    width,
  });
  const block = (layer: number): Step[] => {
    const name = `transformer.h.${layer}`;
    const place = { layer };
    const first = norm(
      `h.${layer}.${arrangement === 'two norms' ? 'ln_attn' : 'input_layernorm'}`,
      layer,
    );
    const attention = {
      ...buildAttention(build, {
        place,
        name: `${name}.self_attention`,
        width,
        heads: { heads, kvHeads, headDim, sees: 'causal' },
        biases: { queryKeyValue: bias, output: bias },
        joint: { name: 'query_key_value', order: 'groups' },
        names: { output: 'dense' },
      }),
      rotary,
      // With rotated positions Hugging Face's class drops no probabilities.
      dropout: { probabilities: hasAlibi ? probabilities : 0, output },
    };
    const second =
      arrangement === 'one norm'
        ? first
        : norm(
            `h.${layer}.${arrangement === 'sequence' ? 'post_attention_layernorm' : 'ln_mlp'}`,
            layer,
          );
    const feedForward = {
      ...buildFeedForward(build, {
        place,
        name: `${name}.mlp`,
        width,
        inner,
        bias,
        names: { up: `${name}.mlp.dense_h_to_4h`, down: `${name}.mlp.dense_4h_to_h` },
      }),
      activation,
      dropout: { inner: 0, output },
    };
    return [
      { before: first, attention },
      { before: second, feedForward },
    ];
  };
  const blocks = Array.from({ length: configuration.integer('num_hidden_layers') }, (_, layer) =>
    block(layer),
  );
  const finalNorm = norm('ln_f');
  const head = buildDecoderHead(build, configuration, { name: 'lm_head', embed, tied });
  const spec = build.spec({
    modelType: 'falcon',
    kind: 'decoder',
    width,
    maximumPositions: rotary?.maximumPositions ?? positions,
    embed,
    ...head,
    counts: hasAlibi ? 'visible' : 'all',
    configuration: configurationObject as Readonly<Record<string, unknown>>,
  });
  return {
    spec,
    steps: arrangement === 'sequence' ? blocks.flat() : blocks.map((parallel) => ({ parallel })),
    finalNorm,
    ...(hasAlibi ? { alibi: { heads, scale: 1 / Math.sqrt(headDim) } } : {}),
  };
}

/** The plan of a configuration, derived once for each. */
export const falconPlan: (configuration: object) => FalconPlan = memoize(derive);
