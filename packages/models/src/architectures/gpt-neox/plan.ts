import {
  readConfiguration,
  refuseUnsupportedSettings,
  type ConfigurationReader,
} from '../../configuration/reader.ts';
import { readRotary, type RotarySettings } from '../../configuration/rotary.ts';
import { readActivation } from '../../forward/activation.ts';
import type { ParallelSteps, Step } from '../../forward/steps.ts';
import type { ModelSpec } from '../../model.ts';
import type { NormSite } from '../../sites.ts';
import { buildDecoderHead } from '../decoder-head.ts';
import { createSpecBuilder, memoize } from '../builder.ts';
import { buildAttention, buildFeedForward } from '../layers.ts';

/** Everything the forward pass needs that is derived from the configuration. */
export interface GptNeoxPlan {
  readonly spec: ModelSpec;
  readonly steps: readonly (Step | ParallelSteps)[];
  readonly finalNorm: NormSite;
  /** Dropout of the embedded input. */
  readonly embeddingDropout: number;
}

/**
 * Positions: the older keys `rotary_emb_base` and `rotary_pct` (a quarter) say what `rope_parameters` or `rope_scaling` does not;
 * other families' keys outside of these say nothing here.
 */
function readPositions(
  configuration: ConfigurationReader,
  headDim: number,
  maximumPositions: number,
): RotarySettings {
  const own = Object.fromEntries(
    ['rope_scaling', 'rope_parameters'].map((key) => [key, configuration.raw(key)]),
  );
  return readRotary(readConfiguration(own), {
    headDim,
    maximumPositions,
    theta: configuration.positive('rotary_emb_base', 10000),
    partial: configuration.positive('rotary_pct', 0.25),
  });
}

function derive(configurationObject: object): GptNeoxPlan {
  const configuration = readConfiguration(configurationObject);
  refuseUnsupportedSettings(configuration, ['partial_rotary_factor', 'is_decoder']);
  configuration.choice('model_type', ['gpt_neox']);
  const width = configuration.integer('hidden_size');
  const heads = configuration.integer('num_attention_heads');
  if (width % heads !== 0)
    configuration.refuse('num_attention_heads', `a divisor of hidden_size = ${width}`);
  const headDim = width / heads;
  const inner = configuration.integer('intermediate_size');
  const positions = configuration.integer('max_position_embeddings', { fallback: 2048 });
  const rotary = readPositions(configuration, headDim, positions);
  const tied = configuration.boolean('tie_word_embeddings', false);
  const bias = configuration.boolean('attention_bias', true);
  const isParallel = configuration.boolean('use_parallel_residual', true);
  const activation = readActivation(configuration, 'hidden_act', 'gelu');
  const probabilities = configuration.rate('attention_dropout');
  const output = configuration.rate('hidden_dropout');
  const norm = {
    formula: 'layer',
    epsilon: configuration.positive('layer_norm_eps', 1e-5),
    bias: true,
    width,
  } as const;

  const build = createSpecBuilder();
  const embed = build.embed('gpt_neox.embed_in', {
    vocabulary: configuration.integer('vocab_size'),
    width,
  });
  const blocks = Array.from({ length: configuration.integer('num_hidden_layers') }, (_, layer) => {
    const block = `gpt_neox.layers.${layer}`;
    const place = { layer };
    const attention: Step = {
      before: build.norm(`${block}.input_layernorm`, { ...norm, ...place }),
      attention: {
        ...buildAttention(build, {
          place,
          name: `${block}.attention`,
          width,
          heads: { heads, kvHeads: heads, headDim, sees: 'causal' },
          biases: { queryKeyValue: bias, output: bias },
          joint: { name: 'query_key_value', order: 'groups' },
          names: { output: 'dense' },
        }),
        rotary,
        dropout: { probabilities, output },
      },
    };
    const name = `${block}.mlp`;
    const feedForward: Step = {
      before: build.norm(`${block}.post_attention_layernorm`, { ...norm, ...place }),
      feedForward: {
        ...buildFeedForward(build, {
          place,
          name,
          width,
          inner,
          bias: true,
          names: { up: `${name}.dense_h_to_4h`, down: `${name}.dense_4h_to_h` },
        }),
        activation,
        dropout: { inner: 0, output },
      },
    };
    return [attention, feedForward];
  });
  const finalNorm = build.norm('gpt_neox.final_layer_norm', norm);
  const head = buildDecoderHead(build, configuration, { name: 'embed_out', embed, tied });
  const spec = build.spec({
    modelType: 'gpt_neox',
    kind: 'decoder',
    width,
    maximumPositions: rotary.maximumPositions ?? positions,
    embed,
    ...head,
    configuration: configurationObject as Readonly<Record<string, unknown>>,
  });
  const steps = isParallel ? blocks.map((parallel) => ({ parallel })) : blocks.flat();
  return { spec, steps, finalNorm, embeddingDropout: output };
}

/** The plan of a configuration, derived once for each. */
export const gptNeoxPlan: (configuration: object) => GptNeoxPlan = memoize(derive);
