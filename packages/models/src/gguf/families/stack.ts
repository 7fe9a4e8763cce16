import type { GgufFacts } from '../facts.ts';
import { readRope } from './rope.ts';

/** The ids of special tokens, as `config.json` has them. */
export function specialIds(facts: GgufFacts): Record<string, number> {
  const keys = {
    bos_token_id: 'bos_token_id',
    eos_token_id: 'eos_token_id',
    pad_token_id: 'padding_token_id',
  };
  return Object.fromEntries(
    Object.entries(keys).flatMap(([key, stored]) => {
      const id = facts.file.metadata.get(`tokenizer.ggml.${stored}`);
      return typeof id === 'number' ? [[key, id]] : [];
    }),
  );
}

/** Rows of the table of tokens: what `vocab_size` says of it may be stale. A file of a tokenizer alone has no table. */
export function vocabularyOf(facts: GgufFacts): number {
  facts.pass('vocab_size');
  const { tensors, metadata } = facts.file;
  const tokens = metadata.get('tokenizer.ggml.tokens');
  return (
    tensors.get('token_embd.weight')?.shape[0] ??
    facts.integer('vocab_size', Array.isArray(tokens) ? tokens.length : undefined)
  );
}

/** The sizes that decoders of Llama's kind have, under their Hugging Face names; the head is tied where there is none. */
export async function readStack(
  facts: GgufFacts,
  usual: { readonly headDim?: number; readonly theta?: number } = {},
): Promise<Record<string, unknown>> {
  const heads = facts.integer('attention.head_count');
  const width = facts.integer('embedding_length');
  const positions = facts.integer('context_length');
  const rotated = facts.integer('rope.dimension_count', 0);
  const headDim = facts.integer('attention.key_length', usual.headDim ?? Math.floor(width / heads));
  if (facts.integer('attention.value_length', headDim) !== headDim)
    facts.refuse('attention.value_length', `${headDim}, as attention.key_length`);
  facts.pass('tensor_data_layout');
  return {
    hidden_size: width,
    intermediate_size: facts.integer('feed_forward_length'),
    num_hidden_layers: facts.integer('block_count'),
    num_attention_heads: heads,
    num_key_value_heads: facts.integer('attention.head_count_kv', heads),
    head_dim: headDim,
    ...(rotated > 0 && rotated !== headDim ? { partial_rotary_factor: rotated / headDim } : {}),
    max_position_embeddings: positions,
    vocab_size: vocabularyOf(facts),
    tie_word_embeddings: !facts.holds('output.weight'),
    ...(await readRope(facts, {
      ...(usual.theta === undefined ? {} : { theta: usual.theta }),
      positions,
    })),
    ...specialIds(facts),
  };
}

/** `rms_norm_eps`. */
export function readRmsEpsilon(facts: GgufFacts): { rms_norm_eps: number } {
  return { rms_norm_eps: facts.number('attention.layer_norm_rms_epsilon') };
}

/** Whether the maps of the attention have biases, by what the file holds. */
export function readBiases(facts: GgufFacts): { attention_bias: boolean; mlp_bias: boolean } {
  return {
    attention_bias: facts.holds('blk.0.attn_q.bias'),
    mlp_bias: facts.holds('blk.0.ffn_up.bias'),
  };
}

/** The modules of Llama's decoders. */
export const llamaModules = {
  token_embd: 'model.embed_tokens',
  output_norm: 'model.norm',
  output: 'lm_head',
  'blk.#.attn_norm': 'model.layers.#.input_layernorm',
  'blk.#.attn_q': 'model.layers.#.self_attn.q_proj',
  'blk.#.attn_k': 'model.layers.#.self_attn.k_proj',
  'blk.#.attn_v': 'model.layers.#.self_attn.v_proj',
  'blk.#.attn_output': 'model.layers.#.self_attn.o_proj',
  'blk.#.attn_q_norm': 'model.layers.#.self_attn.q_norm',
  'blk.#.attn_k_norm': 'model.layers.#.self_attn.k_norm',
  'blk.#.ffn_norm': 'model.layers.#.post_attention_layernorm',
  'blk.#.ffn_gate': 'model.layers.#.mlp.gate_proj',
  'blk.#.ffn_up': 'model.layers.#.mlp.up_proj',
  'blk.#.ffn_down': 'model.layers.#.mlp.down_proj',
} as const;

/** The modules of Gemma 2 and of others with norms around their layers. */
export const modulesAround = {
  ...llamaModules,
  'blk.#.post_attention_norm': 'model.layers.#.post_attention_layernorm',
  'blk.#.ffn_norm': 'model.layers.#.pre_feedforward_layernorm',
  'blk.#.post_ffw_norm': 'model.layers.#.post_feedforward_layernorm',
} as const;
