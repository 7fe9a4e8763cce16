import type { GgufFamily } from './family.ts';
import { specialIds, vocabularyOf } from './stack.ts';

/**
 * BERT without a head, as llama.cpp's converter writes it for embeddings: what it is trained for gets a head of its own.
 */
export const bert: GgufFamily = {
  architecture: 'bert',
  async configuration(facts) {
    if (facts.flag('attention.causal', false)) facts.refuse('attention.causal', 'false');
    // How the vectors of a text's tokens become one is for whoever embeds.
    facts.pass('pooling_type');
    return {
      architectures: ['BertForMaskedLM'],
      model_type: 'bert',
      hidden_act: 'gelu',
      hidden_size: facts.integer('embedding_length'),
      intermediate_size: facts.integer('feed_forward_length'),
      num_hidden_layers: facts.integer('block_count'),
      num_attention_heads: facts.integer('attention.head_count'),
      max_position_embeddings: facts.integer('context_length'),
      type_vocab_size: facts.file.tensors.get('token_types.weight')?.shape[0] ?? 2,
      vocab_size: vocabularyOf(facts),
      layer_norm_eps: facts.number('attention.layer_norm_epsilon'),
      ...specialIds(facts),
    };
  },
  modules: () => ({
    token_embd: 'bert.embeddings.word_embeddings',
    position_embd: 'bert.embeddings.position_embeddings',
    token_types: 'bert.embeddings.token_type_embeddings',
    token_embd_norm: 'bert.embeddings.LayerNorm',
    'blk.#.attn_q': 'bert.encoder.layer.#.attention.self.query',
    'blk.#.attn_k': 'bert.encoder.layer.#.attention.self.key',
    'blk.#.attn_v': 'bert.encoder.layer.#.attention.self.value',
    'blk.#.attn_output': 'bert.encoder.layer.#.attention.output.dense',
    'blk.#.attn_output_norm': 'bert.encoder.layer.#.attention.output.LayerNorm',
    'blk.#.ffn_up': 'bert.encoder.layer.#.intermediate.dense',
    'blk.#.ffn_down': 'bert.encoder.layer.#.output.dense',
    'blk.#.layer_output_norm': 'bert.encoder.layer.#.output.LayerNorm',
  }),
};
