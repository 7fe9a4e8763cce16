import { validate } from '@tunesmith/schema';
import type { JSONSchema } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import type { AdapterFormat } from './contract.ts';
import type { Plan } from './plan.ts';
import { matchTensors, type ExpectedTensor } from './match-tensors.ts';

/**
 * A format of Tunesmith's own, for methods that neither PEFT nor AdapterHub knows.
 *
 * `adapter_config.json`: `{ format: "tunesmith.<method>", format_version: 1, base_model_name_or_path, config }`.
 * `adapter_model.safetensors`: the adapter's tensors.
 *
 * @param options.package whose format it is, for errors
 * @param options.method the method's name
 * @param options.schema of the configuration: files hold its properties, and no others
 * @param options.tensors which tensors files hold, under which keys; by default those of the plan that do not follow from the
 * configuration alone, under their own names
 */
export function ownFormat<Config extends object>(options: {
  readonly package: string;
  readonly method: string;
  readonly schema: JSONSchema;
  readonly plan: (model: ModelSpec, config: Config) => Plan;
  readonly tensors?: (plan: Plan, model: ModelSpec, config: Config) => readonly ExpectedTensor[];
}): AdapterFormat<Config> {
  const { package: owner, method, schema, plan: planOf, tensors: stored = givenTensors } = options;
  const format = `tunesmith.${method}`;
  const settings = Object.keys(schema.properties ?? {});
  const fileSchema: JSONSchema = {
    type: 'object',
    required: ['format', 'format_version', 'config'],
    properties: {
      format: { const: format },
      format_version: { const: 1 },
      base_model_name_or_path: { type: ['string', 'null'] },
      config: schema,
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
        // What preparing found beside the settings is in the adapter's own tensors by now.
        config: Object.fromEntries(
          Object.entries(config).filter(([key]) => settings.includes(key)),
        ),
      },
      tensors: Object.fromEntries(
        stored(plan, model, config).map(({ name, key }) => {
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
      const expected = stored(planOf(model, config), model, config);
      return { config, parameters: matchTensors({ package: owner, files, expected }) };
    },
  };
}

function givenTensors({ tensors }: Plan): ExpectedTensor[] {
  return tensors
    .filter(({ derived }) => derived !== true)
    .map(({ name, shape }) => ({ name, key: name, shape }));
}
