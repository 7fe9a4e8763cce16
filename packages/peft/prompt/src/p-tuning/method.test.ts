import { testPeftMethod } from '@tunesmith/testing';
import { pTuning } from './method.ts';

testPeftMethod({
  method: pTuning,
  models: ['llama', 'gpt2', 'bert'],
  config: { virtual_tokens: 3, hidden_size: 5 },
  effectAtStart: false,
  parameterCount: ({ width }) => 3 * width + (width + 1) * 5 + (5 + 1) * 5 + (5 + 1) * width,
});

testPeftMethod({
  method: pTuning,
  config: { virtual_tokens: 3, encoder: 'lstm', hidden_size: 4, layers: 2 },
  label: 'from an LSTM',
  models: ['llama'],
  effectAtStart: false,
  parameterCount: ({ width }) =>
    3 * width +
    8 * 4 * (width + 4 + 2) +
    8 * 4 * (3 * 4 + 2) +
    (2 * 4 + 1) * (2 * 4) +
    (2 * 4 + 1) * width,
});

testPeftMethod({
  method: pTuning,
  config: { virtual_tokens: 3, encoder: 'none' },
  label: 'without a network',
  models: ['t5'],
  effectAtStart: false,
  parameterCount: ({ width }) => 3 * width,
});
