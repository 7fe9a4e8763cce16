import { testWrittenAdapter } from '@tunesmith/testing';
import { prompt } from './method.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;

// packages/peft/core/golden/check_peft.py shows these to Hugging Face PEFT.
testWrittenAdapter(
  prompt,
  { models: here('../../../../testing/fixtures/peft'), cases: here('../../golden') },
  [
    { name: 'llama-vocabulary', base: 'base_llama', config: { virtual_tokens: 6 } },
    { name: 'gpt2-random', base: 'base_gpt2', config: { virtual_tokens: 3, init: 'random' } },
    {
      name: 'llama-text',
      base: 'base_llama',
      config: { virtual_tokens: 4, init: 'text', text: 'naïve "x"', token_ids: [9, 4] },
    },
    {
      name: 'llama-tokens',
      base: 'base_llama',
      config: { virtual_tokens: 4, init: 'text', token_ids: [9, 4] },
    },
  ],
);
