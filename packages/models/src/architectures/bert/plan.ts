import { readClass, readLabels } from '../../configuration/labels.ts';
import { readConfiguration, refuseUnsupportedSettings } from '../../configuration/reader.ts';
import { readActivation, type Activation } from '../../forward/activation.ts';
import type { Step } from '../../forward/steps.ts';
import type { ModelSpec } from '../../model.ts';
import type { LinearSite, NormSite } from '../../sites.ts';
import { createSpecBuilder, memoize, type SpecBuilder } from '../builder.ts';
import { buildAttention, buildFeedForward } from '../layers.ts';

/** Everything the forward pass needs that is derived from the configuration. */
export interface BertPlan {
  readonly spec: ModelSpec;
  readonly steps: readonly Step[];
  readonly embeddingNorm: NormSite;
  /** Names of the tables of positions `[positions, width]` and of token types `[types, width]`. */
  readonly positionWeight: string;
  readonly typeWeight: string;
  readonly dropout: number;
  /** What comes before the last map: of tokens a map, an activation and a norm; of labels the pooler and dropout. */
  readonly transform:
    | { readonly dense: LinearSite; readonly activation: Activation; readonly norm: NormSite }
    | { readonly pooler: LinearSite; readonly dropout: number };
}

function derive(configurationObject: object): BertPlan {
  const configuration = readConfiguration(configurationObject);
  refuseUnsupportedSettings(configuration);
  configuration.choice('model_type', ['bert']);
  configuration.choice('position_embedding_type', ['absolute'], 'absolute');
  const kind = readClass(configuration, ['ForMaskedLM', 'ForSequenceClassification']);
  const width = configuration.integer('hidden_size');
  const layers = configuration.integer('num_hidden_layers');
  const heads = configuration.integer('num_attention_heads');
  if (width % heads !== 0)
    configuration.refuse('num_attention_heads', `a divisor of hidden_size = ${width}`);
  const inner = configuration.integer('intermediate_size');
  const positions = configuration.integer('max_position_embeddings');
  const activation = readActivation(configuration, 'hidden_act', 'gelu');
  const dropout = configuration.rate('hidden_dropout_prob', 0.1);
  const probabilities = configuration.rate('attention_probs_dropout_prob', 0.1);
  const tied = configuration.boolean('tie_word_embeddings', true);
  const norm = {
    formula: 'layer',
    epsilon: configuration.positive('layer_norm_eps', 1e-12),
    bias: true,
    width,
  } as const;

  const build = createSpecBuilder();
  const embed = build.embed('bert.embeddings.word_embeddings', {
    vocabulary: configuration.integer('vocab_size'),
    width,
  });
  const table = (name: string, rows: number): string =>
    build.tensor(`bert.embeddings.${name}.weight`, [rows, width]);
  const positionWeight = table('position_embeddings', positions);
  const typeWeight = table(
    'token_type_embeddings',
    configuration.integer('type_vocab_size', { fallback: 2 }),
  );
  const embeddingNorm = build.norm('bert.embeddings.LayerNorm', norm);
  const steps = Array.from({ length: layers }, (_, layer): Step[] => {
    const block = `bert.encoder.layer.${layer}`;
    const place = { layer };
    const attention = {
      ...buildAttention(build, {
        place,
        name: `${block}.attention.self`,
        width,
        heads: { heads, kvHeads: heads, headDim: width / heads, sees: 'bidirectional' },
        biases: { queryKeyValue: true, output: true },
        names: { query: 'query', key: 'key', value: 'value' },
        output: `${block}.attention.output.dense`,
        sublayer: `${block}.attention`,
      }),
      dropout: { probabilities, output: dropout },
    };
    const attentionNorm = build.norm(`${block}.attention.output.LayerNorm`, { ...norm, ...place });
    const feedForward = {
      ...buildFeedForward(build, {
        place,
        name: `${block}.output`,
        width,
        inner,
        bias: true,
        names: { up: `${block}.intermediate.dense`, down: `${block}.output.dense` },
      }),
      activation,
      dropout: { inner: 0, output: dropout },
    };
    const feedForwardNorm = build.norm(`${block}.output.LayerNorm`, { ...norm, ...place });
    return [
      { attention, sum: attentionNorm },
      { feedForward, sum: feedForwardNorm },
    ];
  }).flat();
  const facts = {
    modelType: 'bert',
    kind: 'encoder',
    width,
    maximumPositions: positions,
    embed,
    configuration: configurationObject as Readonly<Record<string, unknown>>,
  } as const;
  const body = { steps, embeddingNorm, positionWeight, typeWeight, dropout };

  if (kind === 'ForSequenceClassification') {
    const headKind = readLabels(configuration, 'first');
    const pooler = dense(build, 'bert.pooler.dense', 'pooler', width);
    const head = build.classifier('classifier', {
      in: width,
      labels: headKind.labels.length,
      bias: true,
    });
    const classifierDropout = configuration.rate('classifier_dropout', dropout);
    return {
      ...body,
      spec: build.spec({ ...facts, tied: false, head, headKind }),
      transform: { pooler, dropout: classifierDropout },
    };
  }
  const transform = {
    dense: dense(build, 'cls.predictions.transform.dense', 'dense', width),
    activation,
    norm: build.norm('cls.predictions.transform.LayerNorm', norm),
  };
  const head = build.head('cls.predictions.decoder', embed, tied, 'cls.predictions.bias');
  const copies = { 'cls.predictions.decoder.bias': 'cls.predictions.bias' };
  return { ...body, spec: build.spec({ ...facts, tied, head, copies }), transform };
}

function dense(
  build: SpecBuilder,
  name: string,
  role: 'dense' | 'pooler',
  width: number,
): LinearSite {
  return build.linear(name, { role, in: width, out: width, bias: true });
}

/** The plan of a configuration, derived once for each. */
export const bertPlan: (configuration: object) => BertPlan = memoize(derive);
