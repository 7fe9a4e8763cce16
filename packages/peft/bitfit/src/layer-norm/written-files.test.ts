import { testWrittenAdapter } from '@tunesmith/testing';
import { layerNormTuning } from './method.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;
const cases = here('../../golden');

// packages/peft/core/golden/check_peft.py shows these to Hugging Face PEFT.
testWrittenAdapter(layerNormTuning, { models: here('../../../../testing/fixtures/peft'), cases }, [
  { name: 'llama-norms', base: 'base_llama', config: { targets: ['input_layernorm', 'norm'] } },
  { name: 'gpt2-norms', base: 'base_gpt2', config: {} },
]);
testWrittenAdapter(
  layerNormTuning,
  { models: here('../../../../models/test-support/fixtures'), cases },
  [
    { name: 't5-norms', base: 't5', config: {} },
    { name: 'qwen3-norms', base: 'qwen3', config: {} },
    { name: 'bart-norms', base: 'bart', config: {} },
  ],
);
