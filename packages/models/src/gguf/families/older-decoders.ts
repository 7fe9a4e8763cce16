import type { GgufFacts } from '../facts.ts';
import { numberOf, type GgufFamily, type TensorChange } from './family.ts';
import { groupedRows } from './row-orders.ts';
import { readStack, specialIds, vocabularyOf } from './stack.ts';

/** How many heads there are, each with keys of its own. */
function allHeads(facts: GgufFacts): number {
  const heads = facts.integer('attention.head_count');
  if (facts.integer('attention.head_count_kv', heads) === heads) return heads;
  return facts.refuse('attention.head_count_kv', `${heads}, as attention.head_count`);
}

/** GPT-2: maps stored `[in, out]` by Hugging Face. */
export const gpt2: GgufFamily = {
  architecture: 'gpt2',
  configuration: async (facts) => ({
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    activation_function: 'gelu_new',
    n_embd: facts.integer('embedding_length'),
    n_inner: facts.integer('feed_forward_length'),
    n_layer: facts.integer('block_count'),
    n_head: allHeads(facts),
    n_positions: facts.integer('context_length'),
    vocab_size: vocabularyOf(facts),
    layer_norm_epsilon: facts.number('attention.layer_norm_epsilon'),
    tie_word_embeddings: !facts.holds('output.weight'),
    ...specialIds(facts),
  }),
  modules: () => ({
    token_embd: 'transformer.wte',
    position_embd: 'transformer.wpe',
    output_norm: 'transformer.ln_f',
    output: 'lm_head',
    'blk.#.attn_norm': 'transformer.h.#.ln_1',
    'blk.#.attn_qkv': 'transformer.h.#.attn.c_attn',
    'blk.#.attn_output': 'transformer.h.#.attn.c_proj',
    'blk.#.ffn_norm': 'transformer.h.#.ln_2',
    'blk.#.ffn_up': 'transformer.h.#.mlp.c_fc',
    'blk.#.ffn_down': 'transformer.h.#.mlp.c_proj',
  }),
  changes: () => (tensor) =>
    /\.(attn_qkv|attn_output|ffn_up|ffn_down)\.weight$/.test(tensor)
      ? { kind: 'transposed' }
      : undefined,
};

/** Joint maps that the model has group by group. */
function groupedMaps(
  heads: number,
  kvHeads: number,
  headDim: number,
): (tensor: string) => TensorChange | undefined {
  const change: TensorChange = {
    kind: 'rows',
    rows: (heads + 2 * kvHeads) * headDim,
    order: () => groupedRows(heads, kvHeads, headDim),
  };
  return (tensor) => (tensor.startsWith('blk.#.attn_qkv.') ? change : undefined);
}

/** GPT-NeoX and Pythia: sub-layers side by side, a share of each head rotated. */
export const gptNeox: GgufFamily = {
  architecture: 'gptneox',
  metadata: ({ use_parallel_residual: isParallel }) => ({
    use_parallel_residual: { type: 'bool', value: isParallel !== false },
  }),
  async configuration(facts) {
    const {
      partial_rotary_factor: share = 1,
      rope_theta: theta,
      ...stack
    } = await readStack(facts);
    return {
      architectures: ['GPTNeoXForCausalLM'],
      model_type: 'gpt_neox',
      hidden_act: 'gelu',
      ...stack,
      rotary_pct: share,
      rotary_emb_base: theta,
      layer_norm_eps: facts.number('attention.layer_norm_epsilon'),
      use_parallel_residual: facts.flag('use_parallel_residual', true),
      attention_bias: facts.holds('blk.0.attn_qkv.bias'),
    };
  },
  modules: () => ({
    token_embd: 'gpt_neox.embed_in',
    output_norm: 'gpt_neox.final_layer_norm',
    output: 'embed_out',
    'blk.#.attn_norm': 'gpt_neox.layers.#.input_layernorm',
    'blk.#.attn_qkv': 'gpt_neox.layers.#.attention.query_key_value',
    'blk.#.attn_output': 'gpt_neox.layers.#.attention.dense',
    'blk.#.ffn_norm': 'gpt_neox.layers.#.post_attention_layernorm',
    'blk.#.ffn_up': 'gpt_neox.layers.#.mlp.dense_h_to_4h',
    'blk.#.ffn_down': 'gpt_neox.layers.#.mlp.dense_4h_to_h',
  }),
  changes: (configuration) => {
    const heads = numberOf(configuration, 'num_attention_heads');
    return groupedMaps(heads, heads, numberOf(configuration, 'head_dim'));
  },
};

/** BLOOM: alibi. */
export const bloom: GgufFamily = {
  architecture: 'bloom',
  async configuration(facts) {
    const width = facts.integer('embedding_length');
    if (facts.integer('feed_forward_length', 4 * width) !== 4 * width)
      facts.refuse('feed_forward_length', `${4 * width}`);
    const heads = allHeads(facts);
    facts.pass('context_length', 'attention.max_alibi_bias');
    return {
      architectures: ['BloomForCausalLM'],
      model_type: 'bloom',
      hidden_size: width,
      n_layer: facts.integer('block_count'),
      n_head: heads,
      vocab_size: vocabularyOf(facts),
      layer_norm_epsilon: facts.number('attention.layer_norm_epsilon'),
      tie_word_embeddings: !facts.holds('output.weight'),
      ...specialIds(facts),
    };
  },
  modules: () => ({
    token_embd: 'transformer.word_embeddings',
    token_embd_norm: 'transformer.word_embeddings_layernorm',
    output_norm: 'transformer.ln_f',
    output: 'lm_head',
    'blk.#.attn_norm': 'transformer.h.#.input_layernorm',
    'blk.#.attn_qkv': 'transformer.h.#.self_attention.query_key_value',
    'blk.#.attn_output': 'transformer.h.#.self_attention.dense',
    'blk.#.ffn_norm': 'transformer.h.#.post_attention_layernorm',
    'blk.#.ffn_up': 'transformer.h.#.mlp.dense_h_to_4h',
    'blk.#.ffn_down': 'transformer.h.#.mlp.dense_4h_to_h',
  }),
  changes: (configuration) => {
    const heads = numberOf(configuration, 'n_head');
    return groupedMaps(heads, heads, numberOf(configuration, 'hidden_size') / heads);
  },
};

/** Whether a Falcon has the newer architecture, with a norm for each sub-layer. */
const isNewFalcon = (facts: GgufFacts): boolean => facts.holds('blk.0.attn_norm_2.weight');

/** The modules of the older Falcon; in the newer one the feed-forward layer's norm comes first. */
const falconModules = {
  token_embd: 'transformer.word_embeddings',
  output_norm: 'transformer.ln_f',
  output: 'lm_head',
  'blk.#.attn_norm': 'transformer.h.#.input_layernorm',
  'blk.#.attn_norm_2': 'transformer.h.#.ln_attn',
  'blk.#.attn_qkv': 'transformer.h.#.self_attention.query_key_value',
  'blk.#.attn_output': 'transformer.h.#.self_attention.dense',
  'blk.#.ffn_up': 'transformer.h.#.mlp.dense_h_to_4h',
  'blk.#.ffn_down': 'transformer.h.#.mlp.dense_4h_to_h',
} as const;

/** Falcon: sub-layers side by side, shared keys and values. */
export const falcon: GgufFamily = {
  architecture: 'falcon',
  async configuration(facts) {
    const { intermediate_size: inner, head_dim: headDim, ...stack } = await readStack(facts);
    if (Number(headDim) * Number(stack['num_attention_heads']) !== stack['hidden_size'])
      facts.refuse('attention.key_length', 'embedding_length / attention.head_count');
    return {
      architectures: ['FalconForCausalLM'],
      model_type: 'falcon',
      activation: 'gelu',
      ...stack,
      // The metadata says four times the width, whatever it is.
      ffn_hidden_size: facts.file.tensors.get('blk.0.ffn_up.weight')?.shape[0] ?? inner,
      num_kv_heads: stack['num_key_value_heads'],
      multi_query: stack['num_key_value_heads'] === 1,
      new_decoder_architecture: isNewFalcon(facts),
      parallel_attn: true,
      bias: false,
      alibi: false,
      layer_norm_epsilon: facts.number('attention.layer_norm_epsilon'),
    };
  },
  modules: (configuration) =>
    configuration['new_decoder_architecture'] === true
      ? { ...falconModules, 'blk.#.attn_norm': 'transformer.h.#.ln_mlp' }
      : falconModules,
  changes: (configuration) => {
    const heads = numberOf(configuration, 'num_attention_heads');
    return groupedMaps(
      heads,
      numberOf(configuration, 'num_kv_heads'),
      numberOf(configuration, 'hidden_size') / heads,
    );
  },
};
