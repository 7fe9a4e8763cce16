import { readConfiguration, refuseUnsupportedSettings } from '../../configuration/reader.ts';
import { readActivation } from '../../forward/activation.ts';
import type { Step } from '../../forward/steps.ts';
import type { ModelSpec } from '../../model.ts';
import type { LinearSite, NormSite } from '../../sites.ts';
import { buildDecoderHead } from '../decoder-head.ts';
import { createSpecBuilder, memoize, type NormDescription } from '../builder.ts';
import { buildAttention, buildFeedForward } from '../layers.ts';

/** The first rows of the table of positions are of no token. */
export const firstPositionRow = 2;

/** Everything the forward pass needs that is derived from the configuration. */
export interface OptPlan {
  readonly spec: ModelSpec;
  readonly steps: readonly Step[];
  readonly finalNorm?: NormSite;
  /** Name of the table of learned positions, `[2 + positions, width]`. */
  readonly positionWeight: string;
  /** Maps between the width of the embedding and that of the stream, where they differ. */
  readonly projections?: { readonly into: LinearSite; readonly out: LinearSite };
}

function derive(configurationObject: object): OptPlan {
  const configuration = readConfiguration(configurationObject);
  refuseUnsupportedSettings(configuration);
  configuration.choice('model_type', ['opt']);
  const width = configuration.integer('hidden_size');
  const heads = configuration.integer('num_attention_heads');
  if (width % heads !== 0)
    configuration.refuse('num_attention_heads', `a divisor of hidden_size = ${width}`);
  const inner = configuration.integer('ffn_dim');
  const positions = configuration.integer('max_position_embeddings', { fallback: 2048 });
  const tied = configuration.boolean('tie_word_embeddings', true);
  const bias = configuration.boolean('enable_bias', true);
  const isBefore = configuration.boolean('do_layer_norm_before', true);
  const activation = readActivation(configuration, 'activation_function', 'relu');
  const probabilities = configuration.rate('attention_dropout');
  const output = configuration.rate('dropout', 0.1);
  const isAffine = configuration.boolean('layer_norm_elementwise_affine', true);
  const norm: NormDescription = {
    formula: 'layer',
    epsilon: 1e-5,
    width,
    bias: isAffine,
    ...(isAffine ? {} : { weight: false }),
  };

  const build = createSpecBuilder();
  const embed = build.embed('model.decoder.embed_tokens', {
    vocabulary: configuration.integer('vocab_size'),
    width: configuration.integer('word_embed_proj_dim', { fallback: width }),
  });
  const projection = (name: string, from: number, to: number): LinearSite =>
    build.linear(`model.decoder.${name}`, { role: 'projection', in: from, out: to, bias: false });
  const into = embed.width === width ? undefined : projection('project_in', embed.width, width);
  const positionWeight = build.tensor('model.decoder.embed_positions.weight', [
    firstPositionRow + positions,
    width,
  ]);
  const steps = Array.from(
    { length: configuration.integer('num_hidden_layers') },
    (_, layer): Step[] => {
      const block = `model.decoder.layers.${layer}`;
      const place = { layer };
      const normOf = (name: string): Pick<Step, 'before' | 'sum'> => {
        const site = build.norm(`${block}.${name}`, { ...norm, ...place });
        return isBefore ? { before: site } : { sum: site };
      };
      const attentionNorm = normOf('self_attn_layer_norm');
      const attention = {
        ...buildAttention(build, {
          place,
          name: `${block}.self_attn`,
          width,
          heads: { heads, kvHeads: heads, headDim: width / heads, sees: 'causal' },
          biases: { queryKeyValue: bias, output: bias },
          names: { output: 'out_proj' },
        }),
        dropout: { probabilities, output },
      };
      const feedForwardNorm = normOf('final_layer_norm');
      const feedForward = {
        ...buildFeedForward(build, {
          place,
          name: `${block}.fc2`,
          width,
          inner,
          bias,
          names: { up: `${block}.fc1`, down: `${block}.fc2` },
        }),
        activation,
        dropout: { inner: 0, output },
      };
      return [
        { ...attentionNorm, attention },
        { ...feedForwardNorm, feedForward },
      ];
    },
  ).flat();
  const hasFinalNorm = isBefore && !configuration.boolean('_remove_final_layer_norm', false);
  const finalNorm = hasFinalNorm ? build.norm('model.decoder.final_layer_norm', norm) : undefined;
  const projections = into && { into, out: projection('project_out', width, embed.width) };
  const head = buildDecoderHead(build, configuration, {
    name: 'lm_head',
    embed,
    tied,
    padding: 1,
  });
  const spec = build.spec({
    modelType: 'opt',
    kind: 'decoder',
    width,
    maximumPositions: positions,
    embed,
    ...head,
    counts: 'visible',
    configuration: configurationObject as Readonly<Record<string, unknown>>,
  });
  return {
    spec,
    steps,
    positionWeight,
    ...(finalNorm ? { finalNorm } : {}),
    ...(projections ? { projections } : {}),
  };
}

/** The plan of a configuration, derived once for each. */
export const optPlan: (configuration: object) => OptPlan = memoize(derive);
