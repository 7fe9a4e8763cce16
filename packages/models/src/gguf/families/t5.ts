import { numberOf, type Configuration, type GgufFamily } from './family.ts';
import { specialIds, vocabularyOf } from './stack.ts';

/** The modules of a block that both stacks have: `layer` is where the feed-forward layer stands. */
const stackModules = (
  from: string,
  to: string,
  layer: number,
  up: 'wi' | 'wi_1',
): Record<string, string> => ({
  [`${from}.output_norm`]: `${to}.final_layer_norm`,
  [`${from}.blk.#.attn_norm`]: `${to}.block.#.layer.0.layer_norm`,
  [`${from}.blk.#.attn_q`]: `${to}.block.#.layer.0.SelfAttention.q`,
  [`${from}.blk.#.attn_k`]: `${to}.block.#.layer.0.SelfAttention.k`,
  [`${from}.blk.#.attn_v`]: `${to}.block.#.layer.0.SelfAttention.v`,
  [`${from}.blk.#.attn_o`]: `${to}.block.#.layer.0.SelfAttention.o`,
  [`${from}.blk.#.attn_rel_b`]: `${to}.block.#.layer.0.SelfAttention.relative_attention_bias`,
  [`${from}.blk.#.ffn_norm`]: `${to}.block.#.layer.${layer}.layer_norm`,
  [`${from}.blk.#.ffn_gate`]: `${to}.block.#.layer.${layer}.DenseReluDense.wi_0`,
  [`${from}.blk.#.ffn_up`]: `${to}.block.#.layer.${layer}.DenseReluDense.${up}`,
  [`${from}.blk.#.ffn_down`]: `${to}.block.#.layer.${layer}.DenseReluDense.wo`,
});

/** The map beside a gate, or the only one. */
const upOf = (configuration: Configuration): 'wi' | 'wi_1' =>
  configuration['feed_forward_proj'] === 'relu' ? 'wi' : 'wi_1';

/** T5 and mT5: gated with GELU where files have a gate (version 1.1, Flan), else with ReLU. */
export const t5: GgufFamily = {
  architecture: 't5',
  metadata: (configuration) => ({
    decoder_block_count: {
      type: 'uint32',
      value: numberOf(
        configuration,
        configuration['num_decoder_layers'] ? 'num_decoder_layers' : 'num_layers',
      ),
    },
    decoder_start_token_id: {
      type: 'uint32',
      value: (configuration['decoder_start_token_id'] as number | undefined) ?? 0,
    },
    'attention.key_length': { type: 'uint32', value: numberOf(configuration, 'd_kv') },
    'attention.value_length': { type: 'uint32', value: numberOf(configuration, 'd_kv') },
    'attention.layer_norm_rms_epsilon': {
      type: 'float32',
      value: (configuration['layer_norm_epsilon'] as number | undefined) ?? 1e-6,
    },
    'attention.relative_buckets_count': {
      type: 'uint32',
      value: (configuration['relative_attention_num_buckets'] as number | undefined) ?? 32,
    },
  }),
  async configuration(facts) {
    const heads = facts.integer('attention.head_count');
    const size = facts.integer('attention.key_length');
    if (facts.integer('attention.value_length', size) !== size)
      facts.refuse('attention.value_length', `${size}, as attention.key_length`);
    facts.pass('attention.head_count_kv', 'attention.layer_norm_rms_epsilon');
    const isGated = facts.holds('enc.blk.0.ffn_gate.weight');
    const layers = facts.integer('block_count');
    return {
      architectures: ['T5ForConditionalGeneration'],
      model_type: 't5',
      is_encoder_decoder: true,
      feed_forward_proj: isGated ? 'gated-gelu' : 'relu',
      d_model: facts.integer('embedding_length'),
      d_ff: facts.integer('feed_forward_length'),
      d_kv: size,
      num_layers: layers,
      num_decoder_layers: facts.integer('decoder_block_count', layers),
      num_heads: heads,
      n_positions: facts.integer('context_length'),
      vocab_size: vocabularyOf(facts),
      layer_norm_epsilon: facts.number('attention.layer_norm_epsilon'),
      relative_attention_num_buckets: facts.integer('attention.relative_buckets_count'),
      decoder_start_token_id: facts.integer('decoder_start_token_id', 0),
      tie_word_embeddings: !facts.holds('output.weight'),
      ...specialIds(facts),
    };
  },
  modules: (configuration) => ({
    token_embd: 'shared',
    output: 'lm_head',
    ...stackModules('enc', 'encoder', 1, upOf(configuration)),
    ...stackModules('dec', 'decoder', 2, upOf(configuration)),
    'dec.blk.#.cross_attn_norm': 'decoder.block.#.layer.1.layer_norm',
    'dec.blk.#.cross_attn_q': 'decoder.block.#.layer.1.EncDecAttention.q',
    'dec.blk.#.cross_attn_k': 'decoder.block.#.layer.1.EncDecAttention.k',
    'dec.blk.#.cross_attn_v': 'decoder.block.#.layer.1.EncDecAttention.v',
    'dec.blk.#.cross_attn_o': 'decoder.block.#.layer.1.EncDecAttention.o',
  }),
};
