import { validate } from '@tunesmith/schema';
import type { JSONSchema } from '@tunesmith/schema';
import { matchTensors } from '@tunesmith/peft';
import type { AdapterFormat, ExpectedTensor, Plan } from '@tunesmith/peft';
import type { ModelSpec } from '@tunesmith/models';

const owner = '@tunesmith/bitfit';

/**
 * A format of our own, for methods that neither PEFT nor AdapterHub knows.
 *
 * `adapter_config.json`: `{ format: "tunesmith.<method>", format_version: 1, base_model_name_or_path, config }`.
 * `adapter_model.safetensors`: the tensors under their Hugging Face names.
 */
export function ownFormat<Config extends object>(options: {
  readonly method: string;
  readonly schema: JSONSchema;
  readonly plan: (model: ModelSpec, config: Config) => Plan;
  readonly tensors: (plan: Plan, model: ModelSpec) => readonly ExpectedTensor[];
}): AdapterFormat<Config> {
  const format = `tunesmith.${options.method}`;
  const fileSchema: JSONSchema = {
    type: 'object',
    required: ['format', 'format_version', 'config'],
    properties: {
      format: { const: format },
      format_version: { const: 1 },
      base_model_name_or_path: { type: ['string', 'null'] },
      config: options.schema,
    },
    additionalProperties: false,
  };
  return {
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
        options.tensors(plan, model).map(({ name, key }) => {
          const tensor = parameters[name];
          if (tensor === undefined) throw new RangeError(`the adapter has no tensor "${name}"`);
          return [key, tensor];
        }),
      ),
    }),
    read: (files, model) => {
      const { config } = validate<{ config: Config }>(fileSchema, files.config, {
        package: owner,
        what: 'adapter configuration',
        file: `${files.directory}/adapter_config.json`,
      });
      const expected = options.tensors(options.plan(model, config), model);
      return { config, parameters: matchTensors({ package: owner, files, expected }) };
    },
  };
}
