import type { ModelSpec } from '../../model.ts';
import type { Configuration } from '../families/family.ts';
import type { WrittenValue } from './write-gguf.ts';

/** Keys below the architecture's name. */
export type ArchitectureMetadata = Record<string, WrittenValue>;

const integer = (value: unknown): WrittenValue => ({ type: 'uint32', value: value as number });
const number = (value: unknown): WrittenValue => ({ type: 'float32', value: value as number });

/** Keys of the format that stand for one key of a configuration, which may have another name in older families. */
const integers: Readonly<Record<string, readonly string[]>> = {
  context_length: ['max_position_embeddings', 'n_positions', 'seq_length'],
  embedding_length: ['hidden_size', 'n_embd', 'n_embed', 'd_model'],
  feed_forward_length: ['intermediate_size', 'ffn_hidden_size', 'd_ff'],
  block_count: ['num_hidden_layers', 'n_layer', 'num_layers'],
  'attention.head_count': ['num_attention_heads', 'n_head', 'num_heads'],
  vocab_size: ['vocab_size'],
  expert_count: ['num_local_experts', 'num_experts'],
  expert_used_count: ['num_experts_per_tok'],
  expert_feed_forward_length: ['moe_intermediate_size'],
  'attention.sliding_window': ['sliding_window'],
};

const numbers: Readonly<Record<string, readonly string[]>> = {
  'attention.scale': ['attention_multiplier'],
  embedding_scale: ['embedding_multiplier'],
  residual_scale: ['residual_multiplier'],
  logit_scale: ['logit_scale', 'logits_scaling'],
  attn_logit_softcapping: ['attn_logit_softcapping'],
  final_logit_softcapping: ['final_logit_softcapping'],
};

/** Families whose files say nothing of windows: every layer sees everything there. */
export const withoutWindows: ReadonlySet<string> = new Set([
  'llama',
  'qwen2',
  'qwen3',
  'qwen3moe',
  'starcoder2',
  'smollm3',
]);

/** What a configuration that is silent means, where files must say it. */
const usual: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'command-r': { logit_scale: 0.0625 },
  granite: { 'attention.scale': 1, embedding_scale: 1, residual_scale: 1, logit_scale: 1 },
};

/** The first of some keys that a configuration gives a number. */
function first(configuration: Configuration, keys: readonly string[]): number | undefined {
  for (const key of keys)
    if (typeof configuration[key] === 'number') return configuration[key] as number;
  return undefined;
}

/** The sizes and settings of a model as GGUF has them, whatever keys its configuration has for them. */
export function architectureMetadata(
  architecture: string,
  { configuration, sites }: ModelSpec,
): ArchitectureMetadata {
  const found: ArchitectureMetadata = {};
  for (const [key, names] of Object.entries(integers)) {
    const value = first(configuration, names);
    if (value === undefined) continue;
    if (key === 'attention.sliding_window' && withoutWindows.has(architecture)) continue;
    found[key] = integer(value);
  }
  for (const [key, names] of Object.entries(numbers)) {
    const value = first(configuration, names) ?? usual[architecture]?.[key];
    if (value !== undefined) found[key] = number(value);
  }
  const norm = sites.find((site) => site.kind === 'norm');
  if (norm?.kind === 'norm') {
    const kind = norm.formula === 'rms' && architecture !== 't5' ? 'rms_epsilon' : 'epsilon';
    found[`attention.layer_norm_${kind}`] = number(norm.epsilon);
  }
  const attention = sites.find((site) => site.kind === 'attention');
  const width = first(configuration, integers['embedding_length']!)!;
  if (attention?.kind === 'attention') {
    const { heads, kvHeads, headDim } = attention;
    found['attention.head_count_kv'] = integer(kvHeads);
    if (headDim * heads !== width || architecture.startsWith('gemma')) {
      found['attention.key_length'] = integer(headDim);
      found['attention.value_length'] = integer(headDim);
    }
  }
  found['feed_forward_length'] ??= integer(4 * width);
  if (typeof configuration['n_inner'] === 'number')
    found['feed_forward_length'] = integer(configuration['n_inner']);
  // llama.cpp wants to be told, whatever the positions are.
  found['context_length'] ??= integer(2048);
  return found;
}
