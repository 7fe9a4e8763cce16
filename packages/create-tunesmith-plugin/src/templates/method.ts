import type { PluginTemplate } from './template.ts';

/** A tuning method: one trained factor for each output of a linear map. */
export const methodTemplate: PluginTemplate = {
  description: 'A tuning method for Tunesmith: one trained factor for each output of a linear map.',
  imports: ['models', 'peft', 'runtime', 'schema'],
  recipe: (name) => `method: { name: ${name}, targets: [v_proj] }`,
  source: (name, identifier) => `import { matchTensors, selectLinearSites } from '@tunesmith/peft';
import { tf } from '@tunesmith/runtime';
import { definePlugin } from '@tunesmith/schema';

/** @param {string} site */
const factorOf = (site) => \`\${site}.factor\`;

/**
 * Which tensors train: for each linear map a vector of as many numbers as it has outputs, all 1 at first.
 *
 * @type {(model: import('@tunesmith/models').ModelSpec, config: { targets: string[] }) => import('@tunesmith/peft').Plan}
 */
const plan = (model, config) => {
  const sites = selectLinearSites('${name}', model, config);
  return {
    tensors: sites.map(({ name, out }) => ({
      name: factorOf(name),
      shape: [out],
      init: { kind: 'constant', value: 1 },
      site: name,
    })),
    base: [],
    sites: sites.map(({ name }) => name),
  };
};

/**
 * \`y = g ∘ (W x)\`, with \`g\` [out] trained and \`W\` frozen.
 *
 * @type {import('@tunesmith/peft').PeftMethod<{ targets: string[] }>}
 */
export const ${identifier} = {
  specVersion: 2,
  name: '${name}',
  description: 'One trained factor for each output of a linear map.',
  // The paper that describes the method.
  reference: { title: 'Title of the paper', authors: 'Nobody yet', year: 2026, url: 'https://example.org' },
  options: {
    type: 'object',
    properties: {
      targets: {
        type: 'array',
        items: { type: 'string' },
        default: ['v_proj'],
        description: 'Ends of the names of the linear maps.',
      },
    },
    additionalProperties: false,
  },
  plan,
  hooks: ({ plan: { sites }, parameter }) => ({
    linear: (site, x, next) =>
      sites.includes(site.name) ? tf.mul(next(x), parameter(factorOf(site.name))) : next(x),
  }),
  files: {
    tensorFile: 'adapter_model.safetensors',
    marker: 'format "${name}"',
    recognizes: (file) => file['format'] === '${name}',
    write: ({ config, parameters }, { baseModel }) => ({
      config: { format: '${name}', base_model_name_or_path: baseModel, config },
      tensors: parameters,
    }),
    read: (files, model) => {
      const config = /** @type {{ targets: string[] }} */ (files.config['config']);
      const expected = plan(model, config).tensors.map(({ name, shape }) => ({ name, key: name, shape }));
      return { config, parameters: matchTensors({ package: '${name}', files, expected }) };
    },
  },
};

/** What a recipe finds when it names this package in \`plugins\`. */
export const plugins = [definePlugin('method', ${identifier})];
`,
  test: (identifier) => `import { testPeftMethod } from '@tunesmith/testing';
import { ${identifier} } from './index.js';

testPeftMethod({
  method: ${identifier},
  config: { targets: ['v_proj'] },
  models: ['llama'],
  // The method's own formula for the numbers that train, written a second time.
  parameterCount: ({ sites }) =>
    sites.reduce(
      (sum, site) => sum + (site.name.endsWith('.v_proj') && 'out' in site ? site.out : 0),
      0,
    ),
});
`,
};
