import { testWrittenAdapter } from '@tunesmith/testing';
import { multiTaskPromptTuning } from './multi-task/method.ts';
import { pTuning } from './p-tuning/method.ts';
import { prefixTuning } from './prefix/method.ts';
import { prompt } from './prompt/method.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;
const cases = here('../golden');
const tiny = { models: here('../../../testing/fixtures/peft'), cases };
const families = { models: here('../../../models/test-support/fixtures'), cases };

// packages/peft/core/golden/check_peft.py shows these to Hugging Face PEFT.
testWrittenAdapter(prefixTuning, tiny, [
  { name: 'llama-prefix', base: 'base_llama', config: { virtual_tokens: 3 } },
  {
    name: 'gpt2-prefix-projection',
    base: 'base_gpt2',
    config: { virtual_tokens: 4, projection: true, hidden_size: 7, init: 'random' },
  },
]);
testWrittenAdapter(prefixTuning, families, [
  { name: 't5-prefix', base: 't5', config: { virtual_tokens: 3, init: 'random' } },
  { name: 'bart-prefix', base: 'bart', config: { virtual_tokens: 3, init: 'random' } },
  { name: 'bloom-prefix', base: 'bloom', config: { virtual_tokens: 3, init: 'random' } },
  { name: 'mistral-prefix', base: 'mistral_window', config: { virtual_tokens: 3, init: 'random' } },
  { name: 'gemma2-prefix', base: 'gemma2', config: { virtual_tokens: 3, init: 'random' } },
]);
testWrittenAdapter(pTuning, tiny, [
  { name: 'llama-p-tuning', base: 'base_llama', config: { virtual_tokens: 3, hidden_size: 7 } },
  {
    name: 'gpt2-p-tuning-lstm',
    base: 'base_gpt2',
    config: { virtual_tokens: 3, encoder: 'lstm', hidden_size: 5 },
  },
]);
testWrittenAdapter(pTuning, families, [
  { name: 't5-p-tuning', base: 't5', config: { virtual_tokens: 3 } },
  { name: 'qwen3-p-tuning', base: 'qwen3', config: { virtual_tokens: 3, hidden_size: 5 } },
]);
testWrittenAdapter(prompt, families, [
  { name: 't5-vocabulary', base: 't5', config: { virtual_tokens: 3 } },
  { name: 'bart-vocabulary', base: 'bart', config: { virtual_tokens: 3 } },
]);
testWrittenAdapter(multiTaskPromptTuning, tiny, [
  { name: 'llama-multi-task', base: 'base_llama', config: { virtual_tokens: 3, ranks: 2 } },
  { name: 'gpt2-multi-task', base: 'base_gpt2', config: { virtual_tokens: 3, ranks: 2 } },
]);
testWrittenAdapter(multiTaskPromptTuning, families, [
  { name: 'qwen3-multi-task', base: 'qwen3', config: { virtual_tokens: 3 } },
  { name: 'bloom-multi-task', base: 'bloom', config: { virtual_tokens: 3, ranks: 3 } },
]);
