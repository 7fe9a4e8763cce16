import {
  bert,
  gpt2,
  initializeParameters,
  llama,
  memoryWeights,
  mixtral,
  t5,
} from '@tunesmith/models';
import type { Architecture, Model } from '@tunesmith/models';

const common = { bos_token_id: 1, eos_token_id: 2, vocab_size: 29 };

const tiny = {
  /** RMS norms, grouped queries (4 over 2), no biases, a head of its own. */
  llama: {
    architecture: llama,
    configuration: {
      ...common,
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      hidden_size: 12,
      intermediate_size: 20,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      head_dim: 4,
      hidden_act: 'silu',
      max_position_embeddings: 64,
      rms_norm_eps: 1e-6,
      rope_theta: 10000,
      tie_word_embeddings: false,
    },
  },
  /** As llama, with biases on queries, keys and values, and the head tied to the embedding. */
  qwen2: {
    architecture: llama,
    configuration: {
      ...common,
      architectures: ['Qwen2ForCausalLM'],
      model_type: 'qwen2',
      hidden_size: 12,
      intermediate_size: 20,
      num_hidden_layers: 2,
      num_attention_heads: 3,
      num_key_value_heads: 1,
      hidden_act: 'silu',
      max_position_embeddings: 64,
      rms_norm_eps: 1e-6,
      rope_theta: 10000,
      tie_word_embeddings: true,
    },
  },
  /** Layer norms, biases everywhere, weights stored `[in, out]`, one map for queries, keys and values, a tied head. */
  gpt2: {
    architecture: gpt2,
    configuration: {
      ...common,
      architectures: ['GPT2LMHeadModel'],
      model_type: 'gpt2',
      activation_function: 'gelu_new',
      n_embd: 12,
      n_head: 3,
      n_layer: 2,
      n_positions: 64,
      layer_norm_epsilon: 1e-5,
      tie_word_embeddings: true,
    },
  },
  /**
   * As llama, with a router and three experts in each layer; a token goes to all of them, so that no step of a finite difference
   * changes where it goes.
   */
  mixtral: {
    architecture: mixtral,
    configuration: {
      ...common,
      architectures: ['MixtralForCausalLM'],
      model_type: 'mixtral',
      hidden_size: 12,
      intermediate_size: 10,
      num_hidden_layers: 2,
      num_attention_heads: 3,
      num_key_value_heads: 1,
      num_local_experts: 3,
      num_experts_per_tok: 3,
      hidden_act: 'silu',
      max_position_embeddings: 64,
      rms_norm_eps: 1e-5,
      rope_theta: 10000,
      tie_word_embeddings: false,
    },
  },
  /** An encoder with biases everywhere, norms after the sums, and the head tied to the embedding. */
  bert: {
    architecture: bert,
    configuration: {
      ...common,
      architectures: ['BertForMaskedLM'],
      model_type: 'bert',
      hidden_size: 12,
      intermediate_size: 20,
      num_hidden_layers: 2,
      num_attention_heads: 3,
      max_position_embeddings: 64,
      type_vocab_size: 2,
    },
  },
  /** An encoder and a decoder that share a table, without biases, positions in the attention, and a head of its own. */
  t5: {
    architecture: t5,
    configuration: {
      ...common,
      architectures: ['T5ForConditionalGeneration'],
      model_type: 't5',
      decoder_start_token_id: 0,
      d_model: 12,
      d_kv: 4,
      d_ff: 20,
      num_layers: 1,
      num_decoder_layers: 1,
      num_heads: 3,
      relative_attention_num_buckets: 8,
      relative_attention_max_distance: 16,
      tie_word_embeddings: false,
    },
  },
} satisfies Record<string, { architecture: Architecture; configuration: object }>;

/** A kind of tiny model. */
export type TinyModelName = keyof typeof tiny;

/** The kinds of tiny models that every method is tried on, each with traits that the others lack. */
export const tinyModelNames: readonly TinyModelName[] = ['llama', 'qwen2', 'gpt2'];

/**
 * A model of two layers and 29 tokens with random weights of deviation 0.2 (all biases and norms too, so that nothing is
 * special about zero or one): for tests that need every part of a real architecture and no time.
 */
export function tinyModel(name: TinyModelName, seed = 0): Model {
  const { architecture, configuration } = tiny[name];
  const spec = architecture.spec(configuration);
  const drawn = initializeParameters(spec, seed, { std: 0.2 });
  const parameters = Object.fromEntries(
    Object.entries(drawn).map(([tensor, { shape, data }], index) => [
      tensor,
      {
        shape,
        dtype: 'float32' as const,
        data:
          shape.length > 1
            ? data
            : Float32Array.from(data, (value, i) => value + 0.3 * Math.sin(7 * i + index + seed)),
      },
    ]),
  );
  return { spec, architecture, weights: memoryWeights(parameters) };
}
