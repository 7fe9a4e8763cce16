import { readClass, readLabels } from '../../configuration/labels.ts';
import {
  readConfiguration,
  refuseUnsupportedSettings,
  type ConfigurationReader,
} from '../../configuration/reader.ts';
import { readActivation, type Activation } from '../../forward/activation.ts';
import type { Step } from '../../forward/steps.ts';
import type { ModelSpec } from '../../model.ts';
import type { LinearSite, NormSite } from '../../sites.ts';
import { createSpecBuilder, memoize } from '../builder.ts';
import { buildPostNormBlock } from '../post-norm.ts';

/** Everything the forward pass needs that is derived from the configuration. */
export interface DistilbertPlan {
  readonly spec: ModelSpec;
  readonly steps: readonly Step[];
  readonly embeddingNorm: NormSite;
  /** Name of the table of positions, `[positions, width]`. */
  readonly positionWeight: string;
  readonly dropout: number;
  /** The map before the last; then the activation and norm of tokens, or the dropout of labels. */
  readonly dense: LinearSite;
  readonly activation: Activation;
  readonly norm?: NormSite;
  readonly classifierDropout: number;
}

/** A size under its own name, or under the one that most families call it. */
function size(configuration: ConfigurationReader, key: string, common: string): number {
  return configuration.integer(configuration.has(common) ? common : key);
}

function derive(configurationObject: object): DistilbertPlan {
  const configuration = readConfiguration(configurationObject);
  refuseUnsupportedSettings(configuration);
  configuration.choice('model_type', ['distilbert']);
  const kind = readClass(configuration, ['ForMaskedLM', 'ForSequenceClassification']);
  const width = size(configuration, 'dim', 'hidden_size');
  const heads = size(configuration, 'n_heads', 'num_attention_heads');
  if (width % heads !== 0) configuration.refuse('n_heads', `a divisor of dim = ${width}`);
  const inner = configuration.integer('hidden_dim');
  const positions = configuration.integer('max_position_embeddings', { fallback: 512 });
  const activation = readActivation(configuration, 'activation', 'gelu');
  const dropout = configuration.rate('dropout', 0.1);
  const probabilities = configuration.rate('attention_dropout', 0.1);
  const norm = { formula: 'layer', epsilon: 1e-12, bias: true, width } as const;

  const build = createSpecBuilder();
  const embeddings = 'distilbert.embeddings';
  const embed = build.embed(`${embeddings}.word_embeddings`, {
    vocabulary: configuration.integer('vocab_size'),
    width,
  });
  const positionWeight = build.tensor(`${embeddings}.position_embeddings.weight`, [
    positions,
    width,
  ]);
  const embeddingNorm = build.norm(`${embeddings}.LayerNorm`, norm);
  const layers = size(configuration, 'n_layers', 'num_hidden_layers');
  const steps = Array.from({ length: layers }, (_, layer) => {
    const block = `distilbert.transformer.layer.${layer}`;
    return buildPostNormBlock(build, {
      place: { layer },
      width,
      heads,
      inner,
      activation,
      norm,
      dropout: { probabilities, output: dropout },
      names: {
        attention: `${block}.attention`,
        maps: { query: 'q_lin', key: 'k_lin', value: 'v_lin' },
        output: `${block}.attention.out_lin`,
        attentionSublayer: `${block}.attention`,
        attentionNorm: `${block}.sa_layer_norm`,
        up: `${block}.ffn.lin1`,
        down: `${block}.ffn.lin2`,
        feedForwardSublayer: `${block}.ffn`,
        feedForwardNorm: `${block}.output_layer_norm`,
      },
    });
  }).flat();
  const facts = {
    modelType: 'distilbert',
    kind: 'encoder',
    width,
    maximumPositions: positions,
    embed,
    configuration: configurationObject as Readonly<Record<string, unknown>>,
  } as const;
  const classifierDropout = configuration.rate('seq_classif_dropout', 0.2);
  const body = { steps, embeddingNorm, positionWeight, dropout, activation, classifierDropout };
  const square = { role: 'dense', in: width, out: width, bias: true } as const;

  if (kind === 'ForSequenceClassification') {
    const headKind = readLabels(configuration, 'first');
    const dense = build.linear('pre_classifier', square);
    const labels = headKind.labels.length;
    const head = build.classifier('classifier', { in: width, labels, bias: true });
    return { ...body, spec: build.spec({ ...facts, tied: false, head, headKind }), dense };
  }
  const tied = configuration.boolean('tie_word_embeddings', true);
  const transform = {
    dense: build.linear('vocab_transform', square),
    norm: build.norm('vocab_layer_norm', norm),
  };
  const head = build.head('vocab_projector', embed, tied, 'vocab_projector.bias');
  return { ...body, ...transform, spec: build.spec({ ...facts, tied, head }) };
}

/** The plan of a configuration, derived once for each. */
export const distilbertPlan: (configuration: object) => DistilbertPlan = memoize(derive);
