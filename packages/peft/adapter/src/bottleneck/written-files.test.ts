import { testWrittenAdapter } from '@tunesmith/testing';
import { adapter, parallelAdapter, pfeiffer } from './method.ts';

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

const families = {
  models: here('../../../../models/test-support/fixtures'),
  cases: here('../../golden'),
};

testWrittenAdapter(adapter, families, [
  { name: 't5-houlsby', base: 't5', config: { size: 5, cross_attention: true, leave_out: [1] } },
  { name: 'bert-houlsby', base: 'bert_mlm', config: { size: 5 } },
  { name: 'bart-houlsby', base: 'bart', config: { size: 5, cross_attention: true } },
]);
testWrittenAdapter(pfeiffer, families, [
  { name: 'bert-pfeiffer', base: 'bert_mlm', config: { size: 5 } },
  { name: 'roberta-pfeiffer', base: 'roberta_mlm', config: { size: 5 } },
  { name: 'bart-pfeiffer', base: 'bart', config: { size: 5 } },
  { name: 't5-pfeiffer', base: 't5', config: { size: 5, attention: true } },
]);
testWrittenAdapter(parallelAdapter, families, [
  { name: 'bert-parallel', base: 'bert_mlm', config: { size: 5, scaling: 'channel' } },
  { name: 't5-parallel', base: 't5', config: { size: 5, attention: true } },
  { name: 'mistral-parallel', base: 'mistral_window', config: { size: 5, scaling: 'learned' } },
  { name: 'bart-parallel', base: 'bart', config: { size: 5, non_linearity: 'gelu_new' } },
]);
