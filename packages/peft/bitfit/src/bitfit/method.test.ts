import { testPeftMethod } from '@tunesmith/testing';
import { bitfit } from './method.ts';

testPeftMethod({
  method: bitfit,
  // The configuration of qwen2 has no place for the biases that its other maps would need.
  mergeable: (model) => model.modelType !== 'qwen2',
  parameterCount: (model) =>
    model.sites.reduce((sum, site) => {
      if (site.kind === 'linear') return sum + (site.head ? 0 : site.out);
      return sum + (site.kind === 'norm' && site.bias !== undefined ? site.width : 0);
    }, 0),
});

testPeftMethod({
  method: bitfit,
  config: { targets: 'query-intermediate', norms: false },
  label: 'queries and intermediate',
  models: ['llama', 'qwen2'],
  mergeable: (model) => model.modelType === 'llama',
  parameterCount: (model) =>
    model.sites.reduce((sum, site) => {
      const taken = site.kind === 'linear' && /\.(q_proj|gate_proj|up_proj)$/.test(site.name);
      return sum + (taken ? site.out : 0);
    }, 0),
});
