import { readConfiguration, refuseUnsupportedSettings } from '../../configuration/reader.ts';
import { readActivation } from '../../forward/activation.ts';
import type { Step } from '../../forward/steps.ts';
import type { ModelSpec } from '../../model.ts';
import type { LinearRole, LinearSite, NormSite } from '../../sites.ts';
import { buildDecoderHead } from '../decoder-head.ts';
import { createSpecBuilder, memoize } from '../builder.ts';
import { buildFeedForward, queriesOf } from '../layers.ts';

/** Everything the forward pass needs that is derived from the configuration. */
export interface Gpt2Plan {
  readonly spec: ModelSpec;
  readonly steps: readonly Step[];
  readonly finalNorm: NormSite;
  /** Name of the table of learned positions, `[positions, width]`. */
  readonly positionWeight: string;
  /** Dropout of the embedded input. */
  readonly embeddingDropout: number;
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
  const positions = configuration.integer('n_positions');
  const tied = configuration.boolean('tie_word_embeddings', true);
  const activation = readActivation(configuration, 'activation_function', 'gelu_new');
  const scaled = configuration.boolean('scale_attn_weights', true);
  const scaledByLayer = configuration.boolean('scale_attn_by_inverse_layer_idx', false);
  const probabilities = configuration.rate('attn_pdrop', 0.1);
  const output = configuration.rate('resid_pdrop', 0.1);
  const norm = {
    formula: 'layer',
    epsilon: configuration.positive('layer_norm_epsilon', 1e-5),
    bias: true,
    width,
  } as const;

  const build = createSpecBuilder();
  const embed = build.embed('transformer.wte', {
    vocabulary: configuration.integer('vocab_size'),
    width,
  });
  const positionWeight = build.tensor('transformer.wpe.weight', [positions, width]);
  const steps = Array.from({ length: layers }, (_, layer): Step[] => {
    const block = `transformer.h.${layer}`;
    const place = { layer };
    const linear = (name: string, role: LinearRole, from: number, to: number): LinearSite =>
      build.linear(name, { role, ...place, in: from, out: to, bias: true, layout: 'in_out' });
    const attentionNorm = build.norm(`${block}.ln_1`, { ...norm, ...place });
    const name = `${block}.attn`;
    const attention = {
      maps: {
        queryKeyValue: build.linear(`${name}.c_attn`, {
          role: 'query_key_value',
          ...place,
          in: width,
          out: 3 * width,
          bias: true,
          layout: 'in_out',
          queries: queriesOf({ heads, kvHeads: heads, headDim, sees: 'causal' }, 'parts'),
        }),
        order: 'parts' as const,
      },
      heads: build.attention(name, { ...place, heads, kvHeads: heads, headDim, sees: 'causal' }),
      output: linear(`${name}.c_proj`, 'output', width, width),
      sublayer: build.sublayer(name, { ...place, role: 'attention', width }),
      scale: (scaled ? 1 / Math.sqrt(headDim) : 1) / (scaledByLayer ? layer + 1 : 1),
      dropout: { probabilities, output },
    };
    const feedForwardNorm = build.norm(`${block}.ln_2`, { ...norm, ...place });
    const feedForward = {
      ...buildFeedForward(build, {
        place,
        name: `${block}.mlp`,
        width,
        inner,
        bias: true,
        layout: 'in_out',
        names: { up: `${block}.mlp.c_fc`, down: `${block}.mlp.c_proj` },
      }),
      activation,
      dropout: { inner: 0, output },
    };
    return [
      { before: attentionNorm, attention },
      { before: feedForwardNorm, feedForward },
    ];
  }).flat();
  const finalNorm = build.norm('transformer.ln_f', norm);
  const head = buildDecoderHead(build, configuration, { name: 'lm_head', embed, tied });
  const spec = build.spec({
    modelType: 'gpt2',
    kind: 'decoder',
    width,
    maximumPositions: positions,
    embed,
    ...head,
    configuration: configurationObject as Readonly<Record<string, unknown>>,
  });
  return {
    spec,
    steps,
    finalNorm,
    positionWeight,
    embeddingDropout: configuration.rate('embd_pdrop', 0.1),
  };
}

/** The plan of a configuration, derived once for each. */
export const gpt2Plan: (configuration: object) => Gpt2Plan = memoize(derive);
