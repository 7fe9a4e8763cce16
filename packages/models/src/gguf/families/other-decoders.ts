import { unsupportedGguf } from '../errors.ts';
import type { GgufFamily } from './family.ts';
import { llamaModules, modulesAround, readRmsEpsilon, readStack } from './stack.ts';

/** Phi-3: joint maps, long contexts by LongRoPE. */
export const phi3: GgufFamily = {
  architecture: 'phi3',
  async configuration(facts) {
    const stack = await readStack(facts);
    const window = facts.integer('attention.sliding_window', 0);
    return {
      architectures: ['Phi3ForCausalLM'],
      model_type: 'phi3',
      hidden_act: 'silu',
      ...stack,
      ...readRmsEpsilon(facts),
      original_max_position_embeddings: facts.integer(
        'rope.scaling.original_context_length',
        stack['max_position_embeddings'] as number,
      ),
      sliding_window: window === 0 ? null : window,
    };
  },
  modules: () => ({
    ...llamaModules,
    'blk.#.attn_qkv': 'model.layers.#.self_attn.qkv_proj',
    'blk.#.ffn_up': 'model.layers.#.mlp.gate_up_proj',
  }),
};

/** OLMo 2: norms after each layer. */
export const olmo2: GgufFamily = {
  architecture: 'olmo2',
  configuration: async (facts) => ({
    architectures: ['Olmo2ForCausalLM'],
    model_type: 'olmo2',
    hidden_act: 'silu',
    ...(await readStack(facts)),
    ...readRmsEpsilon(facts),
    attention_bias: false,
  }),
  modules: () => modulesAround,
};

/** StarCoder2: layer norms, a plain feed-forward layer, biases. */
export const starcoder2: GgufFamily = {
  architecture: 'starcoder2',
  configuration: async (facts) => ({
    architectures: ['Starcoder2ForCausalLM'],
    model_type: 'starcoder2',
    hidden_act: 'gelu_pytorch_tanh',
    ...(await readStack(facts)),
    norm_epsilon: facts.number('attention.layer_norm_epsilon'),
    use_bias: facts.holds('blk.0.attn_q.bias'),
    sliding_window: null,
  }),
  modules: () => ({
    ...llamaModules,
    'blk.#.ffn_up': 'model.layers.#.mlp.c_fc',
    'blk.#.ffn_down': 'model.layers.#.mlp.c_proj',
  }),
};

/** Command R: one norm for both layers, scaled logits. */
export const commandR: GgufFamily = {
  architecture: 'command-r',
  metadata({ attention_bias: bias }) {
    if (bias !== true) return {};
    throw unsupportedGguf(
      'the model',
      'llama.cpp knows no biases in the attention of command-r',
      bias,
      'attention_bias: false',
    );
  },
  async configuration(facts) {
    const stack = await readStack(facts);
    return {
      architectures: ['CohereForCausalLM'],
      model_type: 'cohere',
      hidden_act: 'silu',
      ...stack,
      layer_norm_eps: facts.number('attention.layer_norm_epsilon'),
      logit_scale: facts.number('logit_scale'),
      use_qk_norm: facts.holds('blk.0.attn_q_norm.weight'),
      attention_bias: facts.holds('blk.0.attn_q.bias'),
    };
  },
  modules: () => llamaModules,
};
