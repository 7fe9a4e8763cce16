import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bert, initializeParameters, llama, memoryWeights, t5 } from '@tunesmith/models';
import type { Architecture, Model } from '@tunesmith/models';

/** A two-layer llama with fresh weights, small enough to train in a test. */
export function tinyLlama(
  options: { vocabulary?: number; tied?: boolean; positions?: number } = {},
): Model {
  const spec = llama.spec({
    model_type: 'llama',
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size: options.vocabulary ?? 32,
    max_position_embeddings: options.positions ?? 64,
    rms_norm_eps: 1e-6,
    rope_theta: 10_000,
    hidden_act: 'silu',
    tie_word_embeddings: options.tied ?? true,
    initializer_range: 0.1,
  });
  return { spec, architecture: llama, weights: memoryWeights(initializeParameters(spec, 7)) };
}

/** A two-layer BERT with fresh weights: a head of masked text, or of labels where they are given. */
export function tinyBert(options: {
  vocabulary: number;
  labels?: readonly string[];
  problem?: 'single_label_classification' | 'multi_label_classification' | 'regression';
}): Model {
  const { labels, problem = 'single_label_classification' } = options;
  return fresh(bert, {
    model_type: 'bert',
    architectures: [labels ? 'BertForSequenceClassification' : 'BertForMaskedLM'],
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    vocab_size: options.vocabulary,
    max_position_embeddings: 64,
    type_vocab_size: 2,
    hidden_act: 'gelu',
    layer_norm_eps: 1e-12,
    pad_token_id: 0,
    tie_word_embeddings: true,
    ...(labels
      ? {
          id2label: Object.fromEntries(labels.map((label, id) => [`${id}`, label])),
          label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
          problem_type: problem,
        }
      : {}),
  });
}

/** A T5 of two encoder and two decoder layers with fresh weights: with a head of tokens, or of labels where they are given. */
export function tinyT5(options: { vocabulary: number; labels?: readonly string[] }): Model {
  const { labels } = options;
  return fresh(t5, {
    model_type: 't5',
    architectures: [labels ? 'T5ForSequenceClassification' : 'T5ForConditionalGeneration'],
    ...(labels ? { id2label: Object.fromEntries(labels.map((label, id) => [id, label])) } : {}),
    d_model: 16,
    d_kv: 4,
    d_ff: 24,
    num_layers: 2,
    num_decoder_layers: 2,
    num_heads: 4,
    vocab_size: options.vocabulary,
    relative_attention_num_buckets: 8,
    relative_attention_max_distance: 16,
    feed_forward_proj: 'relu',
    layer_norm_epsilon: 1e-6,
    decoder_start_token_id: 0,
    pad_token_id: 0,
    eos_token_id: 3,
    is_encoder_decoder: true,
    tie_word_embeddings: true,
  });
}

function fresh(architecture: Architecture, configuration: object): Model {
  const spec = architecture.spec(configuration);
  const weights = memoryWeights(initializeParameters(spec, 7, { std: 0.2 }));
  return { spec, architecture, weights };
}

/** A new folder of the system's temporary ones. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'tunesmith-trainer-'));
}

/** A file of uint16 ids in which the next token mostly follows from the last: something to learn. */
export async function countingStream(
  folder: string,
  tokens: number,
  vocabulary = 32,
): Promise<string> {
  const ids = Uint16Array.from(
    { length: tokens },
    (_, i) => (i * 3 + (i % 7 === 0 ? 1 : 0)) % vocabulary,
  );
  const path = join(folder, 'tokens.bin');
  await writeFile(path, ids);
  return path;
}
