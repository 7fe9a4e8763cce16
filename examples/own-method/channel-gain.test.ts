import { testPeftMethod } from '@tunesmith/testing';
import { channelGain } from './channel-gain.js';

testPeftMethod({
  method: channelGain,
  config: { targets: ['v_proj'] },
  models: ['llama'],
  parameterCount: ({ layers, kvHeads, headDim }) => layers * kvHeads * headDim,
});
