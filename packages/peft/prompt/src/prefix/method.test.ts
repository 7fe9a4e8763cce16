import { testPeftMethod } from '@tunesmith/testing';
import { keyWidth, prefixedSites } from './network.ts';
import { prefixTuning } from './method.ts';

testPeftMethod({
  method: prefixTuning,
  models: ['llama', 'qwen2', 'gpt2', 'bert', 't5'],
  config: { virtual_tokens: 3 },
  effectAtStart: false,
  parameterCount: (model) => {
    const sites = prefixedSites(model);
    return 3 * 2 * sites.length * keyWidth(sites[0]!);
  },
});

testPeftMethod({
  method: prefixTuning,
  config: { virtual_tokens: 2, projection: true, hidden_size: 5 },
  label: 'with projection',
  models: ['llama'],
  effectAtStart: false,
  parameterCount: (model) => {
    const sites = prefixedSites(model);
    const width = keyWidth(sites[0]!);
    return 2 * width + (width + 1) * 5 + (5 + 1) * 2 * sites.length * width;
  },
});
