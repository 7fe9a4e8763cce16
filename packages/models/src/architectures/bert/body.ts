import { embedding } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { ConfigurationReader } from '../../configuration/reader.ts';
import { readActivation, type Activation } from '../../forward/activation.ts';
import type { Pass } from '../../forward/pass.ts';
import { runSteps, type Step } from '../../forward/steps.ts';
import type { EmbedSite, NormSite } from '../../sites.ts';
import type { NormDescription, SpecBuilder } from '../builder.ts';
import { buildPostNormBlock } from '../post-norm.ts';

/** The encoder that BERT and RoBERTa share, without the head. */
export interface BertBody {
  readonly embed: EmbedSite;
  readonly steps: readonly Step[];
  readonly embeddingNorm: NormSite;
  /** Names of the tables of positions `[positions, width]` and of token types `[types, width]`. */
  readonly positionWeight: string;
  readonly typeWeight: string;
  readonly dropout: number;
  /** Rows of the table of positions. */
  readonly positions: number;
  readonly width: number;
  /** As norms of the head are described too. */
  readonly norm: NormDescription;
  readonly activation: Activation;
}

/** Reads the encoder's sizes and collects its sites and tensors, whose names begin with `prefix`. */
export function buildBertBody(
  build: SpecBuilder,
  configuration: ConfigurationReader,
  prefix: string,
): BertBody {
  configuration.choice('position_embedding_type', ['absolute'], 'absolute');
  const width = configuration.integer('hidden_size');
  const heads = configuration.integer('num_attention_heads');
  if (width % heads !== 0)
    configuration.refuse('num_attention_heads', `a divisor of hidden_size = ${width}`);
  const inner = configuration.integer('intermediate_size');
  const positions = configuration.integer('max_position_embeddings', { fallback: 512 });
  const activation = readActivation(configuration, 'hidden_act', 'gelu');
  const dropout = configuration.rate('hidden_dropout_prob', 0.1);
  const probabilities = configuration.rate('attention_probs_dropout_prob', 0.1);
  const norm = {
    formula: 'layer',
    epsilon: configuration.positive('layer_norm_eps', 1e-12),
    bias: true,
    width,
  } as const;

  const embeddings = `${prefix}.embeddings`;
  const embed = build.embed(`${embeddings}.word_embeddings`, {
    vocabulary: configuration.integer('vocab_size'),
    width,
  });
  const table = (name: string, rows: number): string =>
    build.tensor(`${embeddings}.${name}.weight`, [rows, width]);
  const positionWeight = table('position_embeddings', positions);
  const types = configuration.integer('type_vocab_size', { fallback: 2 });
  const typeWeight = table('token_type_embeddings', types);
  const embeddingNorm = build.norm(`${embeddings}.LayerNorm`, norm);
  const steps = Array.from({ length: configuration.integer('num_hidden_layers') }, (_, layer) => {
    const block = `${prefix}.encoder.layer.${layer}`;
    return buildPostNormBlock(build, {
      place: { layer },
      width,
      heads,
      inner,
      activation,
      norm,
      dropout: { probabilities, output: dropout },
      names: {
        attention: `${block}.attention.self`,
        maps: { query: 'query', key: 'key', value: 'value' },
        output: `${block}.attention.output.dense`,
        attentionSublayer: `${block}.attention`,
        attentionNorm: `${block}.attention.output.LayerNorm`,
        up: `${block}.intermediate.dense`,
        down: `${block}.output.dense`,
        feedForwardSublayer: `${block}.output`,
        feedForwardNorm: `${block}.output.LayerNorm`,
      },
    });
  }).flat();
  const sizes = { positions, width, norm, activation };
  return { ...sizes, embed, steps, embeddingNorm, positionWeight, typeWeight, dropout };
}

/**
 * Runs the encoder.
 *
 * @param rows rows of the table of positions, `[batch, tokens]` int32
 * @returns `[batch, tokens, width]`
 */
export function runBertBody(pass: Pass, body: BertBody, rows: tf.Tensor): tf.Tensor {
  const { scope } = pass;
  const typed = tf.add(pass.embed(body.embed), typesOf(pass, body));
  const positions = embedding(scope.parameter(body.positionWeight), rows);
  const embedded = scope.norm(body.embeddingNorm, tf.add(typed, positions));
  return runSteps(pass, body.steps, scope.dropout(embedded, body.dropout));
}

/** Embedded token types, `[batch, tokens, width]`; `[1, width]` where all are of the first type. */
function typesOf({ scope, batch: { types } }: Pass, { typeWeight }: BertBody): tf.Tensor {
  const table = scope.parameter(typeWeight);
  return types ? embedding(table, types) : tf.slice(table, [0, 0], [1, table.shape[1] as number]);
}
