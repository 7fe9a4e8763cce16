import { testWrittenAdapter } from '@tunesmith/testing';
import { ia3 } from './method.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;
const cases = here('../../golden/peft');

// packages/peft/core/golden/check_peft.py shows these to Hugging Face PEFT.
testWrittenAdapter(ia3, { models: here('../../../../testing/fixtures/peft'), cases }, [
  { name: 'llama-ia3', base: 'base_llama', config: {} },
  { name: 'gpt2-ia3', base: 'base_gpt2', config: {} },
  {
    name: 'qwen2-ia3',
    base: 'base_qwen2',
    config: { targets: ['q_proj', 'up_proj'], feedforward: ['up_proj'], modules_to_save: ['norm'] },
  },
]);
testWrittenAdapter(ia3, { models: here('../../../../models/test-support/fixtures'), cases }, [
  { name: 't5-ia3', base: 't5', config: {} },
  { name: 'bert-ia3', base: 'bert_classifier', config: { modules_to_save: ['classifier'] } },
]);
