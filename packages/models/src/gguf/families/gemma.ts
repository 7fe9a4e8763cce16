import type { GgufFacts } from '../facts.ts';
import type { Configuration, GgufFamily, TensorChange } from './family.ts';
import { llamaModules, modulesAround, readRmsEpsilon, readStack } from './stack.ts';

/** Gemma's norms multiply by 1 and their weight: files hold the sum. */
const shiftedNorms =
  () =>
  (tensor: string): TensorChange | undefined =>
    tensor.endsWith('norm.weight') ? { kind: 'shift', by: 1 } : undefined;

/** What all three read. */
async function readGemma(facts: GgufFacts, theta?: number): Promise<Record<string, unknown>> {
  return {
    ...(await readStack(facts, { headDim: 256, ...(theta === undefined ? {} : { theta }) })),
    ...readRmsEpsilon(facts),
    hidden_activation: 'gelu_pytorch_tanh',
    attention_bias: false,
  };
}

/** What scores are divided by the root of: the width of a head, but in the largest model of each release. */
function scalar(stack: Configuration, layersOfLargest: number): { query_pre_attn_scalar: number } {
  const { num_hidden_layers: layers, head_dim: size } = stack;
  const { hidden_size: width, num_attention_heads: heads } = stack as Record<string, number>;
  return {
    query_pre_attn_scalar: layers === layersOfLargest ? width! / heads! : (size as number),
  };
}

/** Gemma. */
export const gemma: GgufFamily = {
  architecture: 'gemma',
  configuration: async (facts) => ({
    architectures: ['GemmaForCausalLM'],
    model_type: 'gemma',
    hidden_act: 'gelu_pytorch_tanh',
    ...(await readGemma(facts)),
  }),
  modules: () => llamaModules,
  changes: shiftedNorms,
};

/** Gemma 2. */
export const gemma2: GgufFamily = {
  architecture: 'gemma2',
  async configuration(facts) {
    const stack = await readGemma(facts);
    return {
      architectures: ['Gemma2ForCausalLM'],
      model_type: 'gemma2',
      ...stack,
      ...scalar(stack, 46),
      attn_logit_softcapping: facts.number('attn_logit_softcapping', 50),
      final_logit_softcapping: facts.number('final_logit_softcapping', 30),
      sliding_window: facts.integer('attention.sliding_window', 4096),
    };
  },
  modules: () => modulesAround,
  changes: shiftedNorms,
};

/** Gemma 3, its language model. */
export const gemma3: GgufFamily = {
  architecture: 'gemma3',
  async configuration(facts) {
    const stack = await readGemma(facts, 1e6);
    const cap = facts.number('final_logit_softcapping', 0);
    return {
      architectures: ['Gemma3ForCausalLM'],
      model_type: 'gemma3_text',
      ...stack,
      ...scalar(stack, 62),
      rope_local_base_freq: facts.number('rope.freq_base_swa', 10_000),
      sliding_window: facts.integer('attention.sliding_window', 1024),
      sliding_window_pattern: facts.integer('attention.sliding_window_pattern', 6),
      ...(cap === 0 ? {} : { final_logit_softcapping: cap }),
    };
  },
  modules: () => modulesAround,
  changes: shiftedNorms,
};
