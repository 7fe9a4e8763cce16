import { testWrittenAdapter } from '@tunesmith/testing';
import { lora } from './index.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;

// packages/peft/core/golden/check_peft.py shows these to Hugging Face PEFT.
testWrittenAdapter(
  lora,
  { models: here('../../../testing/fixtures/peft'), cases: here('../golden') },
  [
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
  ],
);

// Models whose head is the embedding; golden-peft/make.py made them.
testWrittenAdapter(lora, { models: here('../golden-peft'), cases: here('../golden') }, [
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
