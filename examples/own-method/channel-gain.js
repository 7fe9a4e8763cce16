import { matchTensors, selectLinearSites } from '@tunesmith/peft';
import { tf } from '@tunesmith/runtime';
import { definePlugin } from '@tunesmith/schema';

/** @param {string} site */
const gainOf = (site) => `${site}.gain`;

/** @type {(model: import('@tunesmith/models').ModelSpec, config: { targets: string[] }) => import('@tunesmith/peft').Plan} */
const plan = (model, config) => {
  const sites = selectLinearSites('channel-gain', model, config);
  return {
    tensors: sites.map(({ name, out }) => ({
      name: gainOf(name),
      shape: [out],
      init: { kind: 'constant', value: 1 },
      site: name,
    })),
    base: [],
    sites: sites.map(({ name }) => name),
  };
};

/**
 * One trained factor for each output of a linear map: `y = g ∘ (W x)`, `g` [out] and 1 at first. Trains Σ out numbers.
 *
 * @type {import('@tunesmith/peft').PeftMethod<{ targets: string[] }>}
 */
export const channelGain = {
  specVersion: 2,
  name: 'channel-gain',
  description: 'One trained factor for each output of a linear map.',
  reference: {
    title:
      'Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning',
    authors: 'Liu et al.',
    year: 2022,
    url: 'https://arxiv.org/abs/2205.05638',
  },
  options: {
    type: 'object',
    properties: {
      targets: {
        type: 'array',
        items: { type: 'string' },
        default: ['k_proj', 'v_proj', 'down_proj'],
        description: 'Ends of the names of the linear maps.',
      },
    },
    additionalProperties: false,
  },
  plan,
  hooks: ({ plan: { sites }, parameter }) => ({
    linear: (site, x, next) =>
      sites.includes(site.name) ? tf.mul(next(x), parameter(gainOf(site.name))) : next(x),
  }),
  files: {
    tensorFile: 'adapter_model.safetensors',
    marker: 'format "channel-gain"',
    recognizes: (file) => file['format'] === 'channel-gain',
    write: ({ config, parameters }, { baseModel }) => ({
      config: { format: 'channel-gain', base_model_name_or_path: baseModel, config },
      tensors: parameters,
    }),
    read: (files, model) => {
      const config = /** @type {{ targets: string[] }} */ (files.config['config']);
      const expected = plan(model, config).tensors.map(({ name, shape }) => ({
        name,
        key: name,
        shape,
      }));
      return { config, parameters: matchTensors({ package: 'channel-gain', files, expected }) };
    },
  },
};

/** What a recipe finds when it names this file in `plugins`. */
export const plugins = [definePlugin('method', channelGain)];
