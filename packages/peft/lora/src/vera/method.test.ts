import { testPeftMethod, tinyModelNames } from '@tunesmith/testing';
import { vera } from '../index.ts';

/** The maps of queries and values, in the names of each family. */
const usual = /q_proj|v_proj|c_attn|query|value|\.[qv]$/;

testPeftMethod({
  method: vera,
  config: { r: 5 },
  label: 'usual targets',
  models: [...tinyModelNames, 'bert', 't5'],
  parameterCount: (model) =>
    model.sites.reduce((sum, site) => {
      const taken = site.kind === 'linear' && usual.test(site.name);
      return sum + (taken ? 5 + site.out : 0);
    }, 0),
});

testPeftMethod({
  method: vera,
  config: { r: 4, targets: 'all-linear', bias: 'vera_only' },
  label: 'all maps and their biases',
  models: ['gpt2'],
  parameterCount: (model) =>
    model.sites.reduce((sum, site) => {
      const taken = site.kind === 'linear' && site.head !== true;
      return sum + (taken ? 4 + 2 * site.out : 0);
    }, 0),
});
