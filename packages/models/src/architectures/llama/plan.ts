import {
  refuseUnsupportedSettings,
  readConfiguration,
  type ConfigurationReader,
} from '../../configuration/reader.ts';
import { readRotary } from '../../configuration/rotary.ts';
import { readHeads, readLayerTypes } from '../../configuration/sizes.ts';
import { readActivation } from '../../forward/activation.ts';
import type { Step } from '../../forward/steps.ts';
import type { ModelSpec } from '../../model.ts';
import type { NormSite } from '../../sites.ts';
import { createSpecBuilder, memoize } from '../builder.ts';
import { buildAttention, buildFeedForward, gatedNames } from '../layers.ts';

/** Everything the forward pass needs that is derived from the configuration. */
export interface LlamaPlan {
  readonly spec: ModelSpec;
  readonly steps: readonly Step[];
  readonly finalNorm: NormSite;
}

interface Biases {
  readonly queryKeyValue: boolean;
  readonly output: boolean;
  readonly feedForward: boolean;
}

/** Which maps carry a bias: fixed by the family, or by a key where the family reads one. */
function readBiases(configuration: ConfigurationReader, modelType: string): Biases {
  if (modelType === 'llama') {
    const attention = configuration.boolean('attention_bias', false);
    return {
      queryKeyValue: attention,
      output: attention,
      feedForward: configuration.boolean('mlp_bias', false),
    };
  }
  return { queryKeyValue: modelType === 'qwen2', output: false, feedForward: false };
}

/**
 * The sliding window of each layer. A configuration that is silent means a window of 4096, as in Hugging Face's classes; llama
 * models have none, whatever it says. Of a qwen2 model the layers from `max_window_layers` on use it, or those that
 * `layer_types` names, and only with `use_sliding_window`.
 */
function readWindows(
  configuration: ConfigurationReader,
  modelType: string,
  layers: number,
): (number | undefined)[] {
  const none = Array.from({ length: layers }, () => undefined);
  if (modelType === 'llama') return none;
  const stated = configuration.keys().includes('sliding_window');
  const read = (): number | undefined =>
    stated && !configuration.has('sliding_window')
      ? undefined
      : configuration.integer('sliding_window', { fallback: 4096 });
  if (modelType === 'mistral') return none.map(read);
  const first = configuration.integer('max_window_layers', { fallback: 28, minimum: 0 });
  const types = readLayerTypes(configuration, layers, (layer) =>
    layer >= first ? 'sliding' : 'full',
  );
  if (!configuration.boolean('use_sliding_window', false)) return none;
  return types.map((type) => (type === 'sliding' ? read() : undefined));
}

function derive(configurationObject: object): LlamaPlan {
  const configuration = readConfiguration(configurationObject);
  refuseUnsupportedSettings(configuration);
  const modelType = configuration.choice('model_type', ['llama', 'mistral', 'qwen2']);
  const width = configuration.integer('hidden_size');
  const layers = configuration.integer('num_hidden_layers');
  const heads = readHeads(configuration, width);
  const inner = configuration.integer('intermediate_size');
  const positions = configuration.integer('max_position_embeddings');
  const tied = configuration.boolean('tie_word_embeddings', false);
  const biases = readBiases(configuration, modelType);
  const windows = readWindows(configuration, modelType, layers);
  const rotary = readRotary(configuration, { headDim: heads.headDim, maximumPositions: positions });
  const activation = readActivation(configuration, 'hidden_act', 'silu');
  const probabilities = configuration.rate('attention_dropout');
  const norm = { formula: 'rms', epsilon: configuration.positive('rms_norm_eps', 1e-6) } as const;

  const build = createSpecBuilder();
  const embed = build.embed('model.embed_tokens', {
    vocabulary: configuration.integer('vocab_size'),
    width,
  });
  const steps = windows.flatMap((window, layer): Step[] => {
    const block = `model.layers.${layer}`;
    const place = { layer };
    const attentionNorm = build.norm(`${block}.input_layernorm`, { ...norm, ...place, width });
    const attention = {
      ...buildAttention(build, {
        place,
        name: `${block}.self_attn`,
        width,
        heads: { ...heads, sees: 'causal', ...(window === undefined ? {} : { window }) },
        biases,
      }),
      rotary,
      dropout: { probabilities, output: 0 },
    };
    const feedForwardNorm = build.norm(`${block}.post_attention_layernorm`, {
      ...norm,
      ...place,
      width,
    });
    const name = `${block}.mlp`;
    const feedForward = {
      ...buildFeedForward(build, {
        place,
        name,
        width,
        inner,
        bias: biases.feedForward,
        names: gatedNames(name),
      }),
      activation,
    };
    return [
      { before: attentionNorm, attention },
      { before: feedForwardNorm, feedForward },
    ];
  });
  const finalNorm = build.norm('model.norm', { ...norm, width });
  const head = build.head('lm_head', embed, tied);
  const spec = build.spec({
    modelType,
    kind: 'decoder',
    width,
    maximumPositions: rotary.maximumPositions ?? positions,
    tied,
    embed,
    head,
    configuration: configurationObject as Readonly<Record<string, unknown>>,
  });
  return { spec, steps, finalNorm };
}

/** The plan of a configuration, derived once for each. */
export const llamaPlan: (configuration: object) => LlamaPlan = memoize(derive);
