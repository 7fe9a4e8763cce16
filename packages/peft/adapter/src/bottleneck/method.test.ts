import { testPeftMethod } from '@tunesmith/testing';
import { adapter } from './method.ts';

testPeftMethod({
  method: adapter,
  config: { size: 3 },
  parameterCount: (model) => 2 * model.layers * (2 * 3 * model.width + 3 + model.width),
});

testPeftMethod({
  method: adapter,
  config: {
    reduction_factor: 4,
    attention: false,
    non_linearity: 'swish',
    init: 'houlsby',
    train_layer_norms: true,
  },
  label: 'after the feed-forward part, with norms',
  effectAtStart: 1e-4,
  parameterCount: (model) => {
    const size = Math.trunc(model.width / 4);
    const norms = model.sites.filter((site) => site.kind === 'norm');
    const normTensors = norms.reduce((sum, site) => sum + (site.bias === undefined ? 1 : 2), 0);
    return model.layers * (2 * size * model.width + size + model.width) + normTensors * model.width;
  },
});
