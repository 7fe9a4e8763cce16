import { testPeftMethod, tinyModelNames } from '@tunesmith/testing';
import { adalora } from '../index.ts';

/** The maps of queries and values, in the names of each family. */
const usual = /q_proj|v_proj|c_attn|query|value|\.[qv]$/;

testPeftMethod({
  method: adalora,
  config: { init_r: 3, target_r: 2, tinit: 1, tfinal: 2 },
  label: 'usual targets',
  models: [...tinyModelNames, 'bert', 't5'],
  parameterCount: (model) =>
    model.sites.reduce((sum, site) => {
      const taken = site.kind === 'linear' && usual.test(site.name);
      return sum + (taken ? 3 * (site.in + site.out + 1) : 0);
    }, 0),
});
