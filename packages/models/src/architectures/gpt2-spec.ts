import { readConfiguration, refuseUnsupportedSettings } from '../configuration/reader.ts';
import { activationNames, type Activation } from '../forward/activation.ts';
import type { ModelSpec } from '../model.ts';
import type { AttentionSite, LinearSite, NormSite, SublayerSite } from '../sites.ts';
import { createSpecBuilder, memoize, type SpecBuilder } from './builder.ts';

/** The sites of one block, in the order of the forward pass. */
export interface Gpt2Block {
  readonly attentionNorm: NormSite;
  readonly queryKeyValue: LinearSite;
  readonly heads: AttentionSite;
  readonly output: LinearSite;
  readonly attention: SublayerSite;
  readonly feedForwardNorm: NormSite;
  readonly inner: LinearSite;
  readonly outer: LinearSite;
  readonly feedForward: SublayerSite;
}

/** Everything the forward pass needs that is derived from the configuration. */
export interface Gpt2Plan {
  readonly spec: ModelSpec;
  readonly blocks: readonly Gpt2Block[];
  readonly finalNorm: NormSite;
  /** Name of the table of learned positions, `[positions, width]`. */
  readonly positionWeight: string;
  readonly epsilon: number;
  readonly activation: Activation;
  /** Factor on the scores of a block. */
  scale(layer: number): number;
}

function derive(configurationObject: object): Gpt2Plan {
  const configuration = readConfiguration(configurationObject);
  refuseUnsupportedSettings(configuration);
  configuration.choice('model_type', ['gpt2']);
  const width = configuration.integer('n_embd');
  const layers = configuration.integer('n_layer');
  const heads = configuration.integer('n_head');
  if (width % heads !== 0) configuration.refuse('n_head', `a divisor of n_embd = ${width}`);
  const headDim = width / heads;
  const inner = configuration.integer('n_inner', { fallback: 4 * width });
  const vocabulary = configuration.integer('vocab_size');
  const positions = configuration.integer('n_positions');
  const tied = configuration.boolean('tie_word_embeddings', true);
  const activation =
    activationNames[
      configuration.choice('activation_function', Object.keys(activationNames), 'gelu_new')
    ]!;
  const scaled = configuration.boolean('scale_attn_weights', true);
  const scaledByLayer = configuration.boolean('scale_attn_by_inverse_layer_idx', false);

  const build = createSpecBuilder();
  const embed = build.embed('transformer.wte', { vocabulary, width });
  const positionWeight = build.tensor('transformer.wpe.weight', [positions, width]);
  const blocks = Array.from({ length: layers }, (_, layer) =>
    buildBlock(build, { layer, width, heads, headDim, inner }),
  );
  const finalNorm = build.norm('transformer.ln_f', { width, bias: true });
  const head = build.head('lm_head', embed, tied);

  const spec: ModelSpec = {
    modelType: 'gpt2',
    width,
    layers,
    heads,
    kvHeads: heads,
    headDim,
    vocabulary,
    maximumPositions: positions,
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
    positionWeight,
    activation,
    epsilon: configuration.positive('layer_norm_epsilon', 1e-5),
    scale: (layer) => (scaled ? 1 / Math.sqrt(headDim) : 1) / (scaledByLayer ? layer + 1 : 1),
  };
}

interface BlockSizes {
  readonly layer: number;
  readonly width: number;
  readonly heads: number;
  readonly headDim: number;
  readonly inner: number;
}

function buildBlock(
  build: SpecBuilder,
  { layer, width, heads, headDim, inner }: BlockSizes,
): Gpt2Block {
  const block = `transformer.h.${layer}`;
  const linear = (name: string, from: number, to: number): LinearSite =>
    build.linear(`${block}.${name}`, { layer, in: from, out: to, bias: true, layout: 'in_out' });
  const norm = (name: string): NormSite =>
    build.norm(`${block}.${name}`, { layer, width, bias: true });
  return {
    attentionNorm: norm('ln_1'),
    queryKeyValue: linear('attn.c_attn', width, 3 * width),
    heads: build.attention(`${block}.attn`, { layer, heads, kvHeads: heads, headDim }),
    output: linear('attn.c_proj', width, width),
    attention: build.sublayer(`${block}.attn`, { layer, role: 'attention', width }),
    feedForwardNorm: norm('ln_2'),
    inner: linear('mlp.c_fc', width, inner),
    outer: linear('mlp.c_proj', inner, width),
    feedForward: build.sublayer(`${block}.mlp`, { layer, role: 'feed_forward', width }),
  };
}

/** The plan of a configuration, derived once for each. */
export const gpt2Plan: (configuration: object) => Gpt2Plan = memoize(derive);
