import { validate } from '@tunesmith/schema';
import type { JSONSchema } from '@tunesmith/schema';
import { matchTensors } from '@tunesmith/peft';
import type { AdapterFormat, Plan } from '@tunesmith/peft';
import type { ModelSpec } from '@tunesmith/models';

/**
 * A format of our own, for methods that neither PEFT nor AdapterHub knows.
 *
 * `adapter_config.json`: `{ format: "tunesmith.<method>", format_version: 1, base_model_name_or_path, config }`.
 * `adapter_model.safetensors`: the plan's tensors under their own names. Those that follow from the configuration alone are left
 * out unless `savesDerived` says so.
 */
export function ownFormat<Config extends object>(options: {
  readonly method: string;
  readonly schema: JSONSchema;
  readonly plan: (model: ModelSpec, config: Config) => Plan;
  readonly savesDerived?: (config: Config) => boolean;
}): AdapterFormat<Config> {
  const { savesDerived = () => false } = options;
  const format = `tunesmith.${options.method}`;
  const settings = Object.keys(options.schema.properties ?? {});
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
  const stored = (plan: Plan, config: Config) =>
    plan.tensors.filter(({ derived }) => derived !== true || savesDerived(config));
  return {
    tensorFile: 'adapter_model.safetensors',
    marker: `format "${format}"`,
    recognizes: (config) => config['format'] === format,
    write: ({ config, plan, parameters }, { baseModel }) => ({
      config: {
        format,
        format_version: 1,
        base_model_name_or_path: baseModel,
        // What a stage before left (tensors) is in the adapter's own tensors by now.
        config: Object.fromEntries(
          Object.entries(config).filter(([key]) => settings.includes(key)),
        ),
      },
      tensors: Object.fromEntries(
        stored(plan, config).map(({ name }) => [name, parameters[name]!]),
      ),
    }),
    read: (files, model) => {
      const { config } = validate<{ config: Config }>(fileSchema, files.config, {
        package: '@tunesmith/intrinsic-prompt',
        what: 'adapter configuration',
        file: `${files.directory}/adapter_config.json`,
      });
      const expected = stored(options.plan(model, config), config).map(({ name, shape }) => ({
        name,
        key: name,
        shape,
      }));
      const parameters = matchTensors({
        package: '@tunesmith/intrinsic-prompt',
        files,
        expected,
      });
      return { config, parameters };
    },
  };
}
