import { numberOf, type Configuration, type GgufFamily, type TensorChange } from './family.ts';
import { rotatedRows } from './row-orders.ts';
import { llamaModules, readBiases, readRmsEpsilon, readStack } from './stack.ts';

/** Query and key maps in llama.cpp's order of rows. */
export function rotatedMaps(
  configuration: Configuration,
): (tensor: string) => TensorChange | undefined {
  const size = numberOf(configuration, 'head_dim');
  const of = (heads: number): TensorChange => ({
    kind: 'rows',
    rows: heads * size,
    order: () => rotatedRows(heads, heads * size),
  });
  const query = of(numberOf(configuration, 'num_attention_heads'));
  const key = of(numberOf(configuration, 'num_key_value_heads'));
  return (tensor) => {
    if (tensor.startsWith('blk.#.attn_q.')) return query;
    return tensor.startsWith('blk.#.attn_k.') ? key : undefined;
  };
}

/** Llama and what is written like it: Mistral, SmolLM, and Mixtral, whose files have experts. */
export const llama: GgufFamily = {
  architecture: 'llama',
  async configuration(facts) {
    const experts = facts.integer('expert_count', 0);
    const stack = { ...(await readStack(facts)), ...readRmsEpsilon(facts) };
    if (experts === 0)
      return {
        architectures: ['LlamaForCausalLM'],
        model_type: 'llama',
        hidden_act: 'silu',
        ...stack,
        ...readBiases(facts),
      };
    return {
      architectures: ['MixtralForCausalLM'],
      model_type: 'mixtral',
      hidden_act: 'silu',
      ...stack,
      num_local_experts: experts,
      num_experts_per_tok: facts.integer('expert_used_count'),
    };
  },
  modules: () => ({
    ...llamaModules,
    'blk.#.ffn_gate_inp': 'model.layers.#.block_sparse_moe.gate',
    'blk.#.ffn_gate_exps': 'model.layers.#.block_sparse_moe.experts.%.w1',
    'blk.#.ffn_up_exps': 'model.layers.#.block_sparse_moe.experts.%.w3',
    'blk.#.ffn_down_exps': 'model.layers.#.block_sparse_moe.experts.%.w2',
  }),
  changes: rotatedMaps,
};

/** SmolLM3: every fourth layer without positions. */
export const smollm3: GgufFamily = {
  architecture: 'smollm3',
  configuration: async (facts) => ({
    architectures: ['SmolLM3ForCausalLM'],
    model_type: 'smollm3',
    hidden_act: 'silu',
    ...(await readStack(facts)),
    ...readRmsEpsilon(facts),
    ...readBiases(facts),
    no_rope_layer_interval: 4,
    use_sliding_window: false,
  }),
  modules: () => llamaModules,
  changes: rotatedMaps,
};

/** Granite: Llama with four multipliers. */
export const granite: GgufFamily = {
  architecture: 'granite',
  configuration: async (facts) => ({
    architectures: ['GraniteForCausalLM'],
    model_type: 'granite',
    hidden_act: 'silu',
    ...(await readStack(facts)),
    ...readRmsEpsilon(facts),
    ...readBiases(facts),
    attention_multiplier: facts.number('attention.scale'),
    embedding_multiplier: facts.number('embedding_scale'),
    residual_multiplier: facts.number('residual_scale'),
    logits_scaling: facts.number('logit_scale'),
  }),
  modules: () => llamaModules,
  changes: rotatedMaps,
};
