import { isOfClass, readLabels } from '../../configuration/labels.ts';
import {
  readConfiguration,
  refuseUnsupportedSettings,
  type ConfigurationReader,
} from '../../configuration/reader.ts';
import type { RelativeBuckets } from '@tunesmith/kernels';
import { activationNames, readActivation, type Activation } from '../../forward/activation.ts';
import type { Step } from '../../forward/steps.ts';
import type { ModelSpec } from '../../model.ts';
import type { AttentionSite, EmbedSite, NormSite } from '../../sites.ts';
import { createSpecBuilder, memoize, type SpecBuilder } from '../builder.ts';
import { buildAttention, buildFeedForward } from '../layers.ts';
import { buildSourceClassifier, type SourceClassifier } from '../source-classifier.ts';

/** One of the two stacks. */
export interface T5Stack {
  readonly embed: EmbedSite;
  readonly steps: readonly Step[];
  /** The trained bias by distance, `[buckets, heads]`. */
  readonly bias: RelativeBuckets & { readonly weight: string };
  readonly finalNorm: NormSite;
}

/** Everything the forward pass needs that is derived from the configuration. */
export interface T5Plan {
  readonly spec: ModelSpec;
  readonly encoder: T5Stack;
  readonly decoder: T5Stack;
  readonly dropout: number;
  /** Multiplies the product with the head's weight. */
  readonly scale: number;
  /** What stands before the last map of a head for labels. */
  readonly classifier?: SourceClassifier;
}

interface StackSizes {
  /** The module that the stacks are in, with a dot. */
  readonly module: string;
  readonly width: number;
  readonly vocabulary: number;
  readonly heads: Pick<AttentionSite, 'heads' | 'kvHeads' | 'headDim'>;
  readonly inner: number;
  readonly isGated: boolean;
  readonly activation: Activation;
  readonly dropout: number;
  readonly epsilon: number;
  readonly buckets: number;
  readonly maximumDistance: number;
}

/**
 * `feed_forward_proj`: an activation, or `gated-` before one; `gated-gelu` means the approximation by tanh. What newer files say
 * beside it in two keys comes first.
 */
function readFeedForward(
  configuration: ConfigurationReader,
  usual: string,
): {
  isGated: boolean;
  activation: Activation;
} {
  const names = Object.keys(activationNames);
  const choices = [...names, ...names.map((name) => `gated-${name}`)];
  const stated = configuration.choice('feed_forward_proj', choices, usual);
  const means = stated.startsWith('gated-') ? stated.slice(6) : stated;
  const isGated = configuration.boolean('is_gated_act', stated !== means);
  const name = stated === 'gated-gelu' ? 'gelu_new' : means;
  return { isGated, activation: readActivation(configuration, 'dense_act_fn', name) };
}

function derive(configurationObject: object): T5Plan {
  const configuration = readConfiguration(configurationObject);
  refuseUnsupportedSettings(configuration, ['is_encoder_decoder']);
  const modelType = configuration.choice('model_type', ['t5', 'mt5']);
  if (!configuration.boolean('is_encoder_decoder', true))
    configuration.refuse('is_encoder_decoder', 'true');
  const width = configuration.integer('d_model');
  const layers = configuration.integer('num_layers');
  const heads = configuration.integer('num_heads');
  const tied = configuration.boolean('tie_word_embeddings', true);
  // mT5 never scales, as version 1.1 of T5, whose files say so.
  const scaled = modelType === 't5' && configuration.boolean('scale_decoder_outputs', tied);
  const classifies = isOfClass(configuration, 'ForSequenceClassification');
  const module = classifies ? 'transformer.' : '';
  const sizes: StackSizes = {
    module,
    width,
    vocabulary: configuration.integer('vocab_size'),
    heads: { heads, kvHeads: heads, headDim: configuration.integer('d_kv') },
    inner: configuration.integer('d_ff'),
    ...readFeedForward(configuration, modelType === 'mt5' ? 'gated-gelu' : 'relu'),
    dropout: configuration.rate('dropout_rate', 0.1),
    epsilon: configuration.positive('layer_norm_epsilon', 1e-6),
    buckets: configuration.integer('relative_attention_num_buckets', { fallback: 32, minimum: 4 }),
    maximumDistance: configuration.integer('relative_attention_max_distance', { fallback: 128 }),
  };

  const exact = Math.floor(sizes.buckets / 2);
  if (sizes.maximumDistance < exact)
    configuration.refuse(
      'relative_attention_max_distance',
      `at least ${exact}, half of relative_attention_num_buckets`,
    );

  const build = createSpecBuilder();
  const encoder = buildStack(build, 'encoder', layers, sizes);
  const decoder = buildStack(
    build,
    'decoder',
    configuration.integer('num_decoder_layers', { fallback: layers }),
    sizes,
  );
  const facts = {
    modelType,
    kind: 'encoder-decoder',
    width,
    maximumPositions: Number.POSITIVE_INFINITY,
    embed: encoder.embed,
    copies: {
      [`${module}encoder.embed_tokens.weight`]: `${module}shared.weight`,
      [`${module}decoder.embed_tokens.weight`]: `${module}shared.weight`,
    },
    decoderStart: configuration.integer('decoder_start_token_id', {
      fallback: configuration.integer('pad_token_id', { fallback: 0, minimum: 0 }),
      minimum: 0,
    }),
    configuration: configurationObject as Readonly<Record<string, unknown>>,
  } as const;
  const shared = { encoder, decoder, dropout: sizes.dropout };
  if (classifies) {
    const headKind = readLabels(configuration, 'end', { end: 1 });
    const { head, ...classifier } = buildSourceClassifier(build, configuration, headKind, width);
    const spec = build.spec({ ...facts, tied: false, head, headKind });
    return { ...shared, spec, scale: 1, classifier };
  }
  const head = build.head('lm_head', decoder.embed, tied);
  return {
    ...shared,
    spec: build.spec({ ...facts, tied, head }),
    scale: scaled ? 1 / Math.sqrt(width) : 1,
  };
}

function buildStack(
  build: SpecBuilder,
  stack: 'encoder' | 'decoder',
  layers: number,
  sizes: StackSizes,
): T5Stack {
  const { width, vocabulary, dropout, epsilon, buckets, maximumDistance } = sizes;
  const module = `${sizes.module}${stack}`;
  const norm = { formula: 'rms', epsilon, width } as const;
  const embed = build.embed(`${module}.embed_tokens`, {
    vocabulary,
    width,
    stack,
    table: `${sizes.module}shared`,
  });
  const weight = build.tensor(
    `${module}.block.0.layer.0.SelfAttention.relative_attention_bias.weight`,
    [buckets, sizes.heads.heads],
  );
  const steps = Array.from({ length: layers }, (_, layer): Step[] => {
    const place = { layer, stack };
    const attention = (part: string, name: string, sees: AttentionSite['sees']): Step => ({
      before: build.norm(`${part}.layer_norm`, { ...norm, ...place }),
      attention: {
        ...buildAttention(build, {
          place,
          name: `${part}.${name}`,
          width,
          heads: { ...sizes.heads, sees },
          biases: { queryKeyValue: false, output: false },
          names: { query: 'q', key: 'k', value: 'v', output: 'o' },
        }),
        scale: 1,
        dropout: { probabilities: dropout, output: dropout },
      },
    });
    const parts = `${module}.block.${layer}.layer`;
    const attentions =
      stack === 'encoder'
        ? [attention(`${parts}.0`, 'SelfAttention', 'bidirectional')]
        : [
            attention(`${parts}.0`, 'SelfAttention', 'causal'),
            attention(`${parts}.1`, 'EncDecAttention', 'cross'),
          ];
    const last = `${parts}.${attentions.length}`;
    return [...attentions, feedForwardStep(build, place, last, sizes)];
  }).flat();
  return {
    embed,
    steps,
    bias: { weight, buckets, maximumDistance, bidirectional: stack === 'encoder' },
    finalNorm: build.norm(`${module}.final_layer_norm`, norm),
  };
}

function feedForwardStep(
  build: SpecBuilder,
  place: { readonly layer: number; readonly stack: 'encoder' | 'decoder' },
  part: string,
  { width, inner, isGated, activation, dropout, epsilon }: StackSizes,
): Step {
  const before = build.norm(`${part}.layer_norm`, { formula: 'rms', epsilon, width, ...place });
  const name = `${part}.DenseReluDense`;
  const down = `${name}.wo`;
  return {
    before,
    feedForward: {
      ...buildFeedForward(build, {
        place,
        name,
        width,
        inner,
        bias: false,
        names: isGated
          ? { gate: `${name}.wi_0`, up: `${name}.wi_1`, down }
          : { up: `${name}.wi`, down },
      }),
      activation,
      dropout: { inner: dropout, output: dropout },
    },
  };
}

/** The plan of a configuration, derived once for each. */
export const t5Plan: (configuration: object) => T5Plan = memoize(derive);
