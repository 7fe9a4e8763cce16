import { validate } from '@tunesmith/schema';
import { matchTensors } from '@tunesmith/peft';
import type { AdapterFormat, ExpectedTensor, Plan } from '@tunesmith/peft';
import type { ModelSpec } from '@tunesmith/models';
import { bitfitConfigSchema } from './config.ts';
import type { BitfitConfig } from './config.ts';
import { planBitfit } from './plan.ts';

const owner = '@tunesmith/bitfit';
const format = 'tunesmith.bitfit';

/**
 * BitFit in a format of its own, since neither PEFT nor AdapterHub has one.
 *
 * `adapter_config.json`: `{ format: "tunesmith.bitfit", format_version: 1, base_model_name_or_path, config }`.
 * `adapter_model.safetensors`: the bias of each map and norm `[out]` under its Hugging Face name (`<module>.bias`), whether
 * it was there before or was added.
 */
export const bitfitFiles: AdapterFormat<BitfitConfig> = {
  tensorFile: 'adapter_model.safetensors',
  marker: `format "${format}"`,
  recognizes: (config) => config['format'] === format,
  write: ({ config, plan, model, parameters }, { baseModel }) => ({
    config: {
      format,
      format_version: 1,
      base_model_name_or_path: baseModel,
      config: { ...config },
    },
    tensors: Object.fromEntries(
      expectedTensors(plan, model).map(({ name, key }) => {
        const tensor = parameters[name];
        if (tensor === undefined) throw new RangeError(`the adapter has no tensor "${name}"`);
        return [key, tensor];
      }),
    ),
  }),
  read: (files, model) => {
    const context = {
      package: owner,
      what: 'adapter configuration',
      file: `${files.directory}/adapter_config.json`,
    };
    const { config } = validate<{ config: BitfitConfig }>(fileSchema, files.config, context);
    const plan = planBitfit(model, config);
    return {
      config,
      parameters: matchTensors({ package: owner, files, expected: expectedTensors(plan, model) }),
    };
  },
};

const fileSchema = {
  type: 'object',
  required: ['format', 'format_version', 'config'],
  properties: {
    format: { const: format },
    format_version: { const: 1 },
    base_model_name_or_path: { type: ['string', 'null'] },
    config: bitfitConfigSchema,
  },
  additionalProperties: false,
} as const;

function expectedTensors(plan: Plan, model: ModelSpec): ExpectedTensor[] {
  return [
    ...plan.tensors.map(({ name, shape, site }) => ({ name, key: `${site}.bias`, shape })),
    ...plan.base.map((name) => ({ name, key: name, shape: model.tensors[name]?.shape ?? [] })),
  ];
}
