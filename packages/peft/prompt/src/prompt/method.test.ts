import { testPeftMethod } from '@tunesmith/testing';
import { prompt } from './method.ts';

testPeftMethod({
  method: prompt,
  models: ['llama', 'qwen2', 'gpt2', 'bert', 't5'],
  config: { virtual_tokens: 4 },
  effectAtStart: false,
  parameterCount: (model) => 4 * model.width,
});

testPeftMethod({
  method: prompt,
  config: { virtual_tokens: 5, init: 'text', token_ids: [3, 4] },
  label: 'from text',
  models: ['llama'],
  effectAtStart: false,
  parameterCount: (model) => 5 * model.width,
});
