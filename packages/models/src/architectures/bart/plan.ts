import { readClass, readLabels } from '../../configuration/labels.ts';
import {
  readConfiguration,
  refuseUnsupportedSettings,
  type ConfigurationReader,
} from '../../configuration/reader.ts';
import { readActivation, type Activation } from '../../forward/activation.ts';
import type { Step } from '../../forward/steps.ts';
import type { ModelSpec } from '../../model.ts';
import type { AttentionSite, EmbedSite, NormSite } from '../../sites.ts';
import { createSpecBuilder, memoize, type SpecBuilder } from '../builder.ts';
import { buildAttention, buildFeedForward } from '../layers.ts';
import { buildSourceClassifier, type SourceClassifier } from '../source-classifier.ts';

/** The first rows of the tables of positions are of no token. */
export const firstPositionRow = 2;

/** One of the two stacks. */
export interface BartStack {
  readonly embed: EmbedSite;
  /** Name of the table of learned positions, `[2 + positions, width]`. */
  readonly positionWeight: string;
  readonly embeddingNorm: NormSite;
  readonly steps: readonly Step[];
  /** mBART's, whose norms stand before the sub-layers. */
  readonly finalNorm?: NormSite;
}

/** Everything the forward pass needs that is derived from the configuration. */
export interface BartPlan {
  readonly spec: ModelSpec;
  readonly encoder: BartStack;
  readonly decoder: BartStack;
  readonly dropout: number;
  /** Multiplies embedded tokens. */
  readonly scale: number;
  /** Name of what is added to the logits of tokens, `[1, vocabulary]`. */
  readonly logitsBias?: string;
  /** What stands before the last map of a head for labels. */
  readonly classifier?: SourceClassifier;
}

interface StackSizes {
  readonly width: number;
  readonly tied: boolean;
  readonly vocabulary: number;
  readonly positions: number;
  /** Where the norms of the blocks stand. */
  readonly norms: 'before' | 'sum';
  readonly activation: Activation;
  readonly dropout: {
    readonly probabilities: number;
    readonly inner: number;
    readonly output: number;
  };
}

function derive(configurationObject: object): BartPlan {
  const configuration = readConfiguration(configurationObject);
  refuseUnsupportedSettings(configuration, ['is_encoder_decoder']);
  const modelType = configuration.choice('model_type', ['bart', 'mbart']);
  if (!configuration.boolean('is_encoder_decoder', true))
    configuration.refuse('is_encoder_decoder', 'true');
  // mBART's classifier would begin with another token: each text's last.
  const kind =
    modelType === 'bart'
      ? readClass(configuration, ['ForConditionalGeneration', 'ForSequenceClassification'])
      : readClass(configuration, ['ForConditionalGeneration']);
  const width = configuration.integer('d_model');
  const tied = configuration.boolean('tie_word_embeddings', true);
  const sizes: StackSizes = {
    width,
    tied,
    vocabulary: configuration.integer('vocab_size'),
    positions: configuration.integer('max_position_embeddings', { fallback: 1024 }),
    norms: modelType === 'mbart' ? 'before' : 'sum',
    activation: readActivation(configuration, 'activation_function', 'gelu'),
    dropout: {
      probabilities: configuration.rate('attention_dropout'),
      inner: configuration.rate('activation_dropout'),
      output: configuration.rate('dropout', 0.1),
    },
  };

  const build = createSpecBuilder();
  // Without ties each stack has a table of its own, and nothing reads the one that they would share.
  if (!tied) build.tensor('model.shared.weight', [sizes.vocabulary, width]);
  const encoder = buildStack(build, configuration, 'encoder', sizes);
  const decoder = buildStack(build, configuration, 'decoder', sizes);
  const start = 'decoder_start_token_id';
  const hasStart = modelType === 'bart' || configuration.has(start);
  const facts = {
    modelType,
    kind: 'encoder-decoder',
    width,
    maximumPositions: sizes.positions,
    embed: encoder.embed,
    copies: tied
      ? {
          'model.encoder.embed_tokens.weight': 'model.shared.weight',
          'model.decoder.embed_tokens.weight': 'model.shared.weight',
        }
      : {},
    ...(hasStart
      ? { decoderStart: configuration.integer(start, { fallback: 2, minimum: 0 }) }
      : {}),
    configuration: configurationObject as Readonly<Record<string, unknown>>,
  } as const;
  const scale = configuration.boolean('scale_embedding', false) ? Math.sqrt(width) : 1;
  const shared = { encoder, decoder, dropout: sizes.dropout.output, scale };
  if (kind === 'ForSequenceClassification') {
    const headKind = readLabels(configuration, 'end', { end: 2 });
    const { head, ...classifier } = buildSourceClassifier(build, configuration, headKind, width);
    return { ...shared, spec: build.spec({ ...facts, tied: false, head, headKind }), classifier };
  }
  const head = build.head('lm_head', decoder.embed, tied);
  const logitsBias = build.constant('final_logits_bias', [1, sizes.vocabulary]);
  return { ...shared, spec: build.spec({ ...facts, tied, head }), logitsBias };
}

function buildStack(
  build: SpecBuilder,
  configuration: ConfigurationReader,
  stack: 'encoder' | 'decoder',
  sizes: StackSizes,
): BartStack {
  const { width, vocabulary, positions, norms, activation, dropout } = sizes;
  const module = `model.${stack}`;
  const heads = configuration.integer(`${stack}_attention_heads`);
  if (width % heads !== 0)
    configuration.refuse(`${stack}_attention_heads`, `a divisor of d_model = ${width}`);
  const inner = configuration.integer(`${stack}_ffn_dim`);
  const layers = configuration.integer(`${stack}_layers`);
  const norm = { formula: 'layer', epsilon: 1e-5, bias: true, width } as const;
  const embed = build.embed(`${module}.embed_tokens`, {
    vocabulary,
    width,
    stack,
    ...(sizes.tied ? { table: 'model.shared' } : {}),
  });
  const positionWeight = build.tensor(`${module}.embed_positions.weight`, [
    firstPositionRow + positions,
    width,
  ]);
  const embeddingNorm = build.norm(`${module}.layernorm_embedding`, norm);
  const steps = Array.from({ length: layers }, (_, layer): Step[] => {
    const block = `${module}.layers.${layer}`;
    const place = { layer, stack };
    const normed = (name: string): Pick<Step, 'before' | 'sum'> => {
      const site = build.norm(`${block}.${name}`, { ...norm, ...place });
      return norms === 'before' ? { before: site } : { sum: site };
    };
    const attention = (name: string, sees: AttentionSite['sees']): Step => ({
      ...normed(`${name}_layer_norm`),
      attention: {
        ...buildAttention(build, {
          place,
          name: `${block}.${name}`,
          width,
          heads: { heads, kvHeads: heads, headDim: width / heads, sees },
          biases: { queryKeyValue: true, output: true },
          names: { output: 'out_proj' },
        }),
        dropout,
      },
    });
    const attentions =
      stack === 'encoder'
        ? [attention('self_attn', 'bidirectional')]
        : [attention('self_attn', 'causal'), attention('encoder_attn', 'cross')];
    const feedForward = {
      ...buildFeedForward(build, {
        place,
        name: `${block}.fc2`,
        width,
        inner,
        bias: true,
        names: { up: `${block}.fc1`, down: `${block}.fc2` },
      }),
      activation,
      dropout,
    };
    return [...attentions, { ...normed('final_layer_norm'), feedForward }];
  }).flat();
  const finalNorm = norms === 'before' ? build.norm(`${module}.layer_norm`, norm) : undefined;
  return { embed, positionWeight, embeddingNorm, steps, ...(finalNorm ? { finalNorm } : {}) };
}

/** The plan of a configuration, derived once for each. */
export const bartPlan: (configuration: object) => BartPlan = memoize(derive);
