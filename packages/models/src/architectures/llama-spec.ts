import {
  refuseUnsupportedSettings,
  readConfiguration,
  type ConfigurationReader,
} from '../configuration/reader.ts';
import { readRotary, type RotarySettings } from '../configuration/rotary.ts';
import { activationNames, type Activation } from '../forward/activation.ts';
import type { ModelSpec } from '../model.ts';
import type { AttentionSite, LinearSite, NormSite, SublayerSite } from '../sites.ts';
import { createSpecBuilder, memoize, type SpecBuilder } from './builder.ts';

/** The sites of one block, in the order of the forward pass. */
export interface LlamaBlock {
  readonly inputNorm: NormSite;
  readonly query: LinearSite;
  readonly key: LinearSite;
  readonly value: LinearSite;
  readonly heads: AttentionSite;
  readonly output: LinearSite;
  readonly attention: SublayerSite;
  readonly feedForwardNorm: NormSite;
  readonly gate: LinearSite;
  readonly up: LinearSite;
  readonly down: LinearSite;
  readonly feedForward: SublayerSite;
}

/** Everything the forward pass needs that is derived from the configuration. */
export interface LlamaPlan {
  readonly spec: ModelSpec;
  readonly blocks: readonly LlamaBlock[];
  readonly finalNorm: NormSite;
  readonly rotary: RotarySettings;
  readonly epsilon: number;
  readonly activation: Activation;
}

/** Which maps carry a bias: fixed by the family, or by a key where the family reads one. */
function readBiases(configuration: ConfigurationReader, modelType: string): BlockSizes['biases'] {
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
 * The width of the sliding window, if a layer uses one. Within its width a window hides nothing, so a model is exact for
 * sequences up to it: it bounds the sequence instead of being ignored.
 *
 * A configuration that is silent means a window of 4096, as in Hugging Face's classes; llama models have none, whatever
 * it says. Of a qwen2 model the layers from `max_window_layers` on use it, or those that `layer_types` names.
 */
function readWindow(
  configuration: ConfigurationReader,
  modelType: string,
  layers: number,
): number | undefined {
  if (modelType === 'llama') return undefined;
  if (modelType === 'qwen2' && !isWindowUsed(configuration, layers)) return undefined;
  if (!configuration.keys().includes('sliding_window')) return 4096;
  return configuration.has('sliding_window') ? configuration.integer('sliding_window') : undefined;
}

function isWindowUsed(configuration: ConfigurationReader, layers: number): boolean {
  const used = configuration.boolean('use_sliding_window', false);
  const layerTypes = configuration.raw('layer_types');
  if (layerTypes === undefined)
    return (
      used && layers > configuration.integer('max_window_layers', { fallback: 28, minimum: 0 })
    );
  const known = ['full_attention', 'sliding_attention'];
  if (
    !Array.isArray(layerTypes) ||
    layerTypes.length !== layers ||
    !layerTypes.every((type) => known.includes(type as string))
  ) {
    configuration.refuse('layer_types', `${layers} of ${known.join(', ')}`);
  }
  return used && layerTypes.includes('sliding_attention');
}

function derive(configurationObject: object): LlamaPlan {
  const configuration = readConfiguration(configurationObject);
  refuseUnsupportedSettings(configuration);
  const modelType = configuration.choice('model_type', ['llama', 'mistral', 'qwen2']);
  const width = configuration.integer('hidden_size');
  const layers = configuration.integer('num_hidden_layers');
  const heads = configuration.integer('num_attention_heads');
  const kvHeads = configuration.integer('num_key_value_heads', { fallback: heads });
  if (heads % kvHeads !== 0)
    configuration.refuse('num_key_value_heads', `a divisor of num_attention_heads = ${heads}`);
  if (!configuration.has('head_dim') && width % heads !== 0) {
    configuration.refuse(
      'num_attention_heads',
      `a divisor of hidden_size = ${width}, or a head_dim`,
    );
  }
  const headDim = configuration.integer('head_dim', { fallback: width / heads });
  if (headDim % 2 !== 0)
    configuration.refuse('head_dim', 'an even number: dimensions are rotated in pairs');
  const inner = configuration.integer('intermediate_size');
  const vocabulary = configuration.integer('vocab_size');
  const positions = configuration.integer('max_position_embeddings');
  const tied = configuration.boolean('tie_word_embeddings', false);
  const biases = readBiases(configuration, modelType);
  const window = readWindow(configuration, modelType, layers);
  const rotary = readRotary(configuration, headDim, positions);
  const activation =
    activationNames[configuration.choice('hidden_act', Object.keys(activationNames), 'silu')]!;

  const build = createSpecBuilder();
  const embed = build.embed('model.embed_tokens', { vocabulary, width });
  const blocks = Array.from({ length: layers }, (_, layer) =>
    buildBlock(build, { layer, width, heads, kvHeads, headDim, inner, biases }),
  );
  const finalNorm = build.norm('model.norm', { width, bias: false });
  const head = build.head('lm_head', embed, tied);

  const reach = rotary.maximumPositions ?? positions;
  const spec: ModelSpec = {
    modelType,
    width,
    layers,
    heads,
    kvHeads,
    headDim,
    vocabulary,
    maximumPositions: window === undefined ? reach : Math.min(window, reach),
    tied,
    sites: build.sites,
    tensors: build.tensors,
    embed,
    head,
    configuration: configurationObject as Readonly<Record<string, unknown>>,
  };
  return {
    spec,
    blocks,
    finalNorm,
    rotary,
    activation,
    epsilon: configuration.positive('rms_norm_eps', 1e-6),
  };
}

interface BlockSizes {
  readonly layer: number;
  readonly width: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly inner: number;
  readonly biases: {
    readonly queryKeyValue: boolean;
    readonly output: boolean;
    readonly feedForward: boolean;
  };
}

function buildBlock(build: SpecBuilder, sizes: BlockSizes): LlamaBlock {
  const { layer, width, heads, kvHeads, headDim, inner, biases } = sizes;
  const block = `model.layers.${layer}`;
  const linear = (name: string, from: number, to: number, bias: boolean): LinearSite =>
    build.linear(`${block}.${name}`, { layer, in: from, out: to, bias });
  const norm = (name: string): NormSite =>
    build.norm(`${block}.${name}`, { layer, width, bias: false });
  return {
    inputNorm: norm('input_layernorm'),
    query: linear('self_attn.q_proj', width, heads * headDim, biases.queryKeyValue),
    key: linear('self_attn.k_proj', width, kvHeads * headDim, biases.queryKeyValue),
    value: linear('self_attn.v_proj', width, kvHeads * headDim, biases.queryKeyValue),
    heads: build.attention(`${block}.self_attn`, { layer, heads, kvHeads, headDim }),
    output: linear('self_attn.o_proj', heads * headDim, width, biases.output),
    attention: build.sublayer(`${block}.self_attn`, { layer, role: 'attention', width }),
    feedForwardNorm: norm('post_attention_layernorm'),
    gate: linear('mlp.gate_proj', width, inner, biases.feedForward),
    up: linear('mlp.up_proj', width, inner, biases.feedForward),
    down: linear('mlp.down_proj', inner, width, biases.feedForward),
    feedForward: build.sublayer(`${block}.mlp`, { layer, role: 'feed_forward', width }),
  };
}

/** The plan of a configuration, derived once for each. */
export const llamaPlan: (configuration: object) => LlamaPlan = memoize(derive);
