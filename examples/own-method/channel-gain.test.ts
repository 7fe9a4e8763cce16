import { testPeftMethod } from '@tunesmith/testing';
import { channelGain } from './channel-gain.js';

testPeftMethod({
  method: channelGain,
  config: { targets: ['v_proj'] },
  models: ['llama'],
  parameterCount: ({ sites }) =>
    sites.reduce(
      (sum, site) => sum + (site.name.endsWith('.v_proj') && 'out' in site ? site.out : 0),
      0,
    ),
});
