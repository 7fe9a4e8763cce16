import { testWrittenAdapter } from '@tunesmith/testing';
import { adapter } from './method.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;

// packages/peft/adapter/golden/check_adapterhub.py shows these to the Python package `adapters`.
testWrittenAdapter(
  adapter,
  { models: here('../../../../testing/fixtures/peft'), cases: here('../../golden') },
  [
    { name: 'llama-gelu', base: 'base_llama', config: { size: 3 } },
    {
      name: 'gpt2-relu',
      base: 'base_gpt2',
      config: { reduction_factor: 4, non_linearity: 'relu', attention: false },
    },
    {
      name: 'llama-swish',
      base: 'base_llama',
      config: { size: 5, non_linearity: 'swish', leave_out: [0], init: 'bert' },
    },
  ],
);
