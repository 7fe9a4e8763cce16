import { testPeftMethod } from '@tunesmith/testing';
import { adalora } from '../index.ts';

testPeftMethod({
  method: adalora,
  config: { init_r: 3, target_r: 2, tinit: 1, tfinal: 2 },
  label: 'usual targets',
  parameterCount: (model) =>
    model.sites.reduce((sum, site) => {
      const taken = site.kind === 'linear' && /q_proj|v_proj|c_attn/.test(site.name);
      return sum + (taken ? 3 * (site.in + site.out + 1) : 0);
    }, 0),
});
