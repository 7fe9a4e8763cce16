import { testPeftMethod } from '@tunesmith/testing';
import { ia3 } from './method.ts';

const scaled = ['key', 'value', 'query_key_value', 'down'];

testPeftMethod({
  method: ia3,
  models: ['llama', 'qwen2', 'gpt2', 'bert', 't5'],
  parameterCount: (model) =>
    model.sites.reduce((sum, site) => {
      if (site.kind !== 'linear' || !scaled.includes(site.role)) return sum;
      return sum + (site.role === 'down' ? site.in : site.out);
    }, 0),
});

testPeftMethod({
  method: ia3,
  config: { targets: ['q_proj', 'up_proj'], feedforward: ['up_proj'] },
  label: 'queries and the way into feed-forward layers',
  models: ['llama'],
  parameterCount: (model) =>
    model.sites.reduce((sum, site) => {
      if (site.kind !== 'linear' || !/(q|up)_proj$/.test(site.name)) return sum;
      return sum + (site.name.endsWith('up_proj') ? site.in : site.out);
    }, 0),
});
