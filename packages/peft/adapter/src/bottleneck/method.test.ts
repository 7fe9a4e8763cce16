import { testPeftMethod } from '@tunesmith/testing';
import type { ModelSpec, SublayerSite } from '@tunesmith/models';
import { adapter, parallelAdapter, pfeiffer } from './method.ts';

/** The numbers of adapters of a size at sub-layers of these roles. */
const numbers = (model: ModelSpec, size: number, roles: readonly SublayerSite['role'][]): number =>
  model.sites.filter((site) => site.kind === 'sublayer' && roles.includes(site.role)).length *
  (2 * size * model.width + size + model.width);

testPeftMethod({
  method: adapter,
  config: { size: 3, cross_attention: true },
  models: ['llama', 'gpt2', 'bert', 't5'],
  parameterCount: (model) => numbers(model, 3, ['attention', 'cross_attention', 'feed_forward']),
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
  models: ['qwen2', 'gpt2'],
  effectAtStart: 1e-4,
  parameterCount: (model) => {
    const norms = model.sites.filter((site) => site.kind === 'norm');
    const normTensors = norms.reduce((sum, site) => sum + (site.bias === undefined ? 1 : 2), 0);
    return (
      numbers(model, Math.trunc(model.width / 4), ['feed_forward']) + normTensors * model.width
    );
  },
});

testPeftMethod({
  method: pfeiffer,
  config: { size: 3, non_linearity: 'tanh' },
  models: ['llama', 'gpt2', 'bert'],
  parameterCount: (model) => numbers(model, 3, ['feed_forward']),
});

testPeftMethod({
  method: pfeiffer,
  config: { size: 2, non_linearity: 'gelu', attention: true },
  label: 'after both parts',
  models: ['t5'],
  parameterCount: (model) => numbers(model, 2, ['attention', 'feed_forward']),
});

testPeftMethod({
  method: parallelAdapter,
  config: { size: 3, non_linearity: 'gelu', attention: true },
  models: ['llama', 'bert', 't5'],
  parameterCount: (model) => numbers(model, 3, ['attention', 'feed_forward']),
});

testPeftMethod({
  method: parallelAdapter,
  config: { size: 3, non_linearity: 'gelu', scaling: 'channel' },
  label: 'with a trained factor for each channel',
  models: ['llama'],
  // Where the up-projection is zero the factors have no gradient yet, but training moves both.
  parameterCount: (model) => numbers(model, 3, ['feed_forward']) + model.layers * model.width,
});
