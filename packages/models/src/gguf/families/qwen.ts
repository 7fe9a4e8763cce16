import type { GgufFamily } from './family.ts';
import { llamaModules, readRmsEpsilon, readStack } from './stack.ts';

/** Qwen2: Llama with biases of queries, keys and values. */
export const qwen2: GgufFamily = {
  architecture: 'qwen2',
  configuration: async (facts) => ({
    architectures: ['Qwen2ForCausalLM'],
    model_type: 'qwen2',
    hidden_act: 'silu',
    ...(await readStack(facts)),
    ...readRmsEpsilon(facts),
    use_sliding_window: false,
  }),
  modules: () => llamaModules,
};

/** Qwen3: normalized queries and keys. */
export const qwen3: GgufFamily = {
  architecture: 'qwen3',
  configuration: async (facts) => ({
    architectures: ['Qwen3ForCausalLM'],
    model_type: 'qwen3',
    hidden_act: 'silu',
    ...(await readStack(facts)),
    ...readRmsEpsilon(facts),
    attention_bias: facts.holds('blk.0.attn_q.bias'),
    use_sliding_window: false,
  }),
  modules: () => llamaModules,
};

/** Qwen3's mixtures of experts; the weights of a token add up to 1, as llama.cpp has it. */
export const qwen3Moe: GgufFamily = {
  architecture: 'qwen3moe',
  async configuration(facts) {
    const isNormalized = facts.flag('expert_weights_norm', true);
    if (facts.number('expert_weights_scale', 1) !== 1)
      facts.refuse('expert_weights_scale', 'absent or 1');
    return {
      architectures: ['Qwen3MoeForCausalLM'],
      model_type: 'qwen3_moe',
      hidden_act: 'silu',
      ...(await readStack(facts)),
      ...readRmsEpsilon(facts),
      attention_bias: facts.holds('blk.0.attn_q.bias'),
      use_sliding_window: false,
      num_experts: facts.integer('expert_count'),
      num_experts_per_tok: facts.integer('expert_used_count'),
      moe_intermediate_size: facts.integer('expert_feed_forward_length'),
      norm_topk_prob: isNormalized,
      decoder_sparse_step: 1,
      mlp_only_layers: [],
    };
  },
  modules: () => ({
    ...llamaModules,
    'blk.#.ffn_gate_inp': 'model.layers.#.mlp.gate',
    'blk.#.ffn_gate_exps': 'model.layers.#.mlp.experts.%.gate_proj',
    'blk.#.ffn_up_exps': 'model.layers.#.mlp.experts.%.up_proj',
    'blk.#.ffn_down_exps': 'model.layers.#.mlp.experts.%.down_proj',
  }),
};
