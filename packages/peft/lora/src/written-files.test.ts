import { testWrittenAdapter } from '@tunesmith/testing';
import { adalora, lora, vera } from './index.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;
const small = { models: here('../../../testing/fixtures/peft'), cases: here('../golden') };
const tied = { models: here('../golden-peft'), cases: here('../golden') };
const families = {
  models: here('../../../models/test-support/fixtures'),
  cases: here('../golden'),
};

// packages/peft/core/golden/check_peft.py shows these to Hugging Face PEFT.
testWrittenAdapter(lora, small, [
  {
    name: 'llama-patterns',
    base: 'base_llama',
    config: {
      r: 3,
      alpha: 7,
      targets: 'all-linear',
      use_rslora: true,
      dropout: 0.1,
      rank_pattern: { 'layers.1.self_attn.q_proj': 2 },
      alpha_pattern: { down_proj: 4.5 },
      exclude_modules: ['up_proj'],
    },
  },
  {
    name: 'llama-expression',
    base: 'base_llama',
    config: {
      r: 2,
      targets: '.*\\.1\\.mlp\\.(gate|up)_proj',
      modules_to_save: ['lm_head', 'model.norm'],
    },
  },
  {
    name: 'llama-head',
    base: 'base_llama',
    config: { r: 2, targets: ['v_proj', 'lm_head'], layers_to_transform: null },
  },
  {
    name: 'gpt2-biases',
    base: 'base_gpt2',
    config: { r: 4, alpha: 8, targets: ['c_attn', 'mlp.c_proj'], bias: 'all' },
  },
  {
    name: 'qwen2-own-biases',
    base: 'base_qwen2',
    config: { r: 1, bias: 'lora_only', layers_to_transform: [1] },
  },
]);

// Models whose head is the embedding; golden-peft/make.py made them.
testWrittenAdapter(lora, tied, [
  { name: 'tied-head', base: 'tied_llama', config: { r: 2, modules_to_save: ['lm_head'] } },
  {
    name: 'tied-both',
    base: 'tied_gpt2',
    config: { r: 2, modules_to_save: ['lm_head', 'wte'] },
  },
  {
    name: 'tied-embedding-adapted-head',
    base: 'tied_llama',
    config: { r: 2, targets: ['v_proj', 'lm_head'], modules_to_save: ['embed_tokens'] },
  },
  {
    name: 'tied-as-one',
    base: 'tied_llama',
    config: { r: 2, modules_to_save: ['lm_head'], ensure_weight_tying: true },
  },
  {
    name: 'tied-as-one-gpt2',
    base: 'tied_gpt2',
    config: { r: 2, modules_to_save: ['wte'], ensure_weight_tying: true },
  },
]);

testWrittenAdapter(lora, small, [
  {
    name: 'llama-dora',
    base: 'base_llama',
    config: { r: 3, targets: 'all-linear', use_dora: true, use_rslora: true },
  },
  { name: 'gpt2-dora', base: 'base_gpt2', config: { r: 2, use_dora: true, bias: 'lora_only' } },
  {
    name: 'llama-embedding',
    base: 'base_llama',
    config: { r: 2, targets: ['embed_tokens', 'q_proj'] },
  },
  {
    name: 'llama-tokens',
    base: 'base_llama',
    config: { r: 2, trainable_token_indices: [5, 12, 63] },
  },
  {
    name: 'llama-tokens-by-table',
    base: 'base_llama',
    config: { r: 2, trainable_token_indices: { embed_tokens: [5, 12], lm_head: [7] } },
  },
  { name: 'gpt2-update-biases', base: 'base_gpt2', config: { r: 2, lora_bias: true } },
  {
    name: 'llama-pissa',
    base: 'base_llama',
    config: { r: 2, init: 'pissa', rank_pattern: { v_proj: 3 } },
  },
  { name: 'gpt2-olora', base: 'base_gpt2', config: { r: 2, init: 'olora', use_rslora: true } },
]);

testWrittenAdapter(lora, tied, [
  {
    name: 'tied-embedding',
    base: 'tied_llama',
    config: { r: 2, targets: ['embed_tokens', 'v_proj'] },
  },
  { name: 'tied-tokens', base: 'tied_llama', config: { r: 2, trainable_token_indices: [5, 12] } },
  {
    name: 'tied-tokens-gpt2',
    base: 'tied_gpt2',
    config: { r: 2, trainable_token_indices: [5, 12] },
  },
]);

testWrittenAdapter(lora, families, [
  { name: 't5-lora', base: 't5', config: { r: 2, targets: ['q', 'v', 'wo'] } },
  { name: 'bart-dora', base: 'bart', config: { r: 2, targets: ['q_proj', 'fc1'], use_dora: true } },
  { name: 'bert-classifier', base: 'bert_classifier', config: { r: 2 } },
  {
    name: 'phi3-fused',
    base: 'phi3',
    config: { r: 2, targets: ['qkv_proj', 'gate_up_proj'], use_dora: true },
  },
  { name: 'neox-fused', base: 'gpt_neox', config: { r: 2, targets: 'all-linear' } },
  { name: 'qwen3-orthogonal', base: 'qwen3', config: { r: 2, init: 'orthogonal' } },
  { name: 'mistral-gaussian', base: 'mistral_window', config: { r: 2, init: 'gaussian' } },
  { name: 'granite-loftq', base: 'granite', config: { r: 2, init: 'loftq' } },
]);

testWrittenAdapter(vera, small, [
  { name: 'llama-vera', base: 'base_llama', config: { r: 6, targets: ['q_proj', 'down_proj'] } },
  { name: 'gpt2-vera', base: 'base_gpt2', config: { r: 6, bias: 'vera_only' } },
]);
testWrittenAdapter(vera, families, [
  { name: 't5-vera', base: 't5', config: { r: 6, targets: ['q', 'wo'] } },
  { name: 'qwen3-vera', base: 'qwen3', config: { r: 6, targets: ['v_proj', 'up_proj'] } },
]);

testWrittenAdapter(adalora, small, [
  { name: 'gpt2-adalora', base: 'base_gpt2', config: { init_r: 3, target_r: 2 } },
]);
testWrittenAdapter(adalora, families, [
  {
    name: 'qwen3-adalora',
    base: 'qwen3',
    config: { init_r: 3, target_r: 2, modules_to_save: ['lm_head'] },
  },
  { name: 't5-adalora', base: 't5', config: { init_r: 3, target_r: 2, targets: ['q', 'v'] } },
  { name: 'bart-adalora', base: 'bart', config: { init_r: 3, target_r: 2 } },
]);
