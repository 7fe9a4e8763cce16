import {
  readConfiguration,
  refuseUnsupportedSettings,
  type ConfigurationReader,
} from '../../configuration/reader.ts';
import type { Step } from '../../forward/steps.ts';
import type { ModelSpec } from '../../model.ts';
import type { LinearRole, LinearSite, NormSite } from '../../sites.ts';
import { buildDecoderHead } from '../decoder-head.ts';
import { createSpecBuilder, memoize } from '../builder.ts';
import { queriesOf } from '../layers.ts';

/** Everything the forward pass needs that is derived from the configuration. */
export interface BloomPlan {
  readonly spec: ModelSpec;
  readonly steps: readonly Step[];
  /** The embedded tokens pass through these one after the other. */
  readonly embeddingNorms: readonly NormSite[];
  /** Absent where the last step ends in it. */
  readonly finalNorm?: NormSite;
  readonly heads: number;
}

/** A size under its own name, or under the one that most families call it. */
function size(configuration: ConfigurationReader, key: string, common: string): number {
  return configuration.integer(configuration.has(common) ? common : key);
}

function derive(configurationObject: object): BloomPlan {
  const configuration = readConfiguration(configurationObject);
  refuseUnsupportedSettings(configuration);
  configuration.choice('model_type', ['bloom']);
  const width = size(configuration, 'hidden_size', 'n_embed');
  const heads = size(configuration, 'n_head', 'num_attention_heads');
  if (width % heads !== 0) configuration.refuse('n_head', `a divisor of hidden_size = ${width}`);
  const headDim = width / heads;
  const tied = configuration.boolean('tie_word_embeddings', true);
  const isAfter = configuration.boolean('apply_residual_connection_post_layernorm', false);
  // What was split over machines in training is added up slice by slice, and then without the biases.
  const drops =
    configuration.boolean('slow_but_exact', false) &&
    configuration.integer('pretraining_tp', { fallback: 1 }) > 1;
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
  const linear = (
    name: string,
    map: { role: LinearRole; layer: number; in: number; out: number; bias: boolean } & Pick<
      LinearSite,
      'queries'
    >,
  ): LinearSite => {
    if (!map.bias) build.tensor(`${name}.bias`, [map.out]);
    return build.linear(name, map);
  };
  const embed = build.embed('transformer.word_embeddings', {
    vocabulary: configuration.integer('vocab_size'),
    width,
  });
  const embeddingNorm = norm('word_embeddings_layernorm');
  const blocks = Array.from(
    { length: size(configuration, 'n_layer', 'num_hidden_layers') },
    (_, layer) => {
      const block = `transformer.h.${layer}`;
      const name = `${block}.self_attention`;
      const place = { layer };
      const input = norm(`h.${layer}.input_layernorm`, layer);
      const from = { ...place, in: width };
      const attention = {
        maps: {
          queryKeyValue: linear(`${name}.query_key_value`, {
            ...from,
            role: 'query_key_value',
            queries: queriesOf({ heads, kvHeads: heads, headDim, sees: 'causal' }, 'groups'),
            out: 3 * width,
            bias: true,
          }),
          order: 'groups' as const,
        },
        heads: build.attention(name, { ...place, heads, kvHeads: heads, headDim, sees: 'causal' }),
        output: linear(`${name}.dense`, { ...from, role: 'output', out: width, bias: !drops }),
        sublayer: build.sublayer(name, { ...place, role: 'attention', width }),
        dropout: { probabilities, output },
      };
      const between = norm(`h.${layer}.post_attention_layernorm`, layer);
      const mlp = `${block}.mlp`;
      const inner = 4 * width;
      const feedForward = {
        maps: {
          up: linear(`${mlp}.dense_h_to_4h`, { ...from, role: 'up', out: inner, bias: true }),
          down: linear(`${mlp}.dense_4h_to_h`, {
            ...place,
            role: 'down',
            in: inner,
            out: width,
            bias: !drops,
          }),
        },
        activation: 'gelu-tanh' as const,
        sublayer: build.sublayer(mlp, { ...place, role: 'feed_forward', width }),
        dropout: { inner: 0, output },
      };
      return { input, attention, between, feedForward };
    },
  );
  const finalNorm = norm('ln_f');
  const head = buildDecoderHead(build, configuration, { name: 'lm_head', embed, tied });
  const spec = build.spec({
    modelType: 'bloom',
    kind: 'decoder',
    width,
    maximumPositions: Number.POSITIVE_INFINITY,
    embed,
    ...head,
    counts: 'visible',
    configuration: configurationObject as Readonly<Record<string, unknown>>,
  });
  const shared = { spec, heads };
  if (!isAfter) {
    const steps = blocks.flatMap(({ input, attention, between, feedForward }): Step[] => [
      { before: input, attention },
      { before: between, feedForward },
    ]);
    return { ...shared, steps, embeddingNorms: [embeddingNorm], finalNorm };
  }
  // Sums that go on from what was normalized: each norm stands at the end of the step before it.
  const steps = blocks.flatMap(({ attention, between, feedForward }, i): Step[] => [
    { attention, sum: between },
    { feedForward, sum: blocks[i + 1]?.input ?? finalNorm },
  ]);
  return { ...shared, steps, embeddingNorms: [embeddingNorm, blocks[0]!.input] };
}

/** The plan of a configuration, derived once for each. */
export const bloomPlan: (configuration: object) => BloomPlan = memoize(derive);
