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

testPeftMethod({
  method: bitfit,
  config: { targets: 'query-intermediate' },
  label: 'queries of a joint map',
  models: ['gpt2'],
  parameterCount: (model) =>
    model.sites.reduce((sum, site) => {
      if (site.kind === 'norm') return sum + site.width;
      if (site.kind !== 'linear') return sum;
      return sum + (site.name.endsWith('c_fc') ? site.out : site.queries ? model.width : 0);
    }, 0),
});
