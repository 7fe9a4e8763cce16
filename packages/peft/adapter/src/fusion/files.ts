import { TunesmithError, validate } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import { matchTensors, pythonFloat } from '@tunesmith/peft';
import type { AdapterFiles, AdapterFormat, ExpectedTensor } from '@tunesmith/peft';
import { hubModule } from '../bottleneck/hub-names.ts';
import { bottleneckTensors, formOf, hubConfig, readHubConfig } from '../bottleneck/files.ts';
import { bottleneckKinds } from '../bottleneck/kinds.ts';
import type { BottleneckKind } from '../bottleneck/bottleneck.ts';
import { fusionConfigSchema } from './config.ts';
import type { FusedAdapter, FusionConfig } from './config.ts';
import { memberPlan, membersOf, memberTensor } from './members.ts';
import { fusionNames, planFusion } from './plan.ts';
import { fusionSetup } from './setup.ts';

const owner = '@tunesmith/adapter';
const format = 'tunesmith.adapter-fusion';

/**
 * A fusion and its adapters in one folder, in AdapterHub's words. `adapter_config.json` holds the options of its
 * `AdapterFusionConfig` under `config`, and under `adapters` the name and the options of each adapter;
 * `model_adapter_fusion.safetensors` keys such as `….output_adapters.adapter_fusion_layer.<a,b>.query.weight` and those of the
 * adapters. AdapterHub's own arrangement in several folders is read too, and exported (`fusionSetup`).
 */
export const fusionFiles: AdapterFormat<FusionConfig> = {
  tensorFile: 'model_adapter_fusion.safetensors',
  marker: `format "${format}"`,
  recognizes: (config) => config['format'] === format,
  write: ({ config, model, parameters }, { baseModel }) => {
    const { adapters, form } = membersOf(config);
    const kind = bottleneckKinds.find((one) => one.form === form)!;
    return {
      config: {
        format,
        format_version: 1,
        adapters: adapters.map((member) => ({
          name: member.name,
          config: hubConfig(model, member.config, kind),
        })),
        config: {
          dropout_prob: pythonFloat(config.dropout),
          key: true,
          query: true,
          query_before_ln: false,
          regularization: pythonFloat(config.value ? config.regularization : 0),
          residual_before: false,
          temperature: false,
          value: config.value,
          value_before_softmax: true,
          value_initialized: config.value,
        },
        hidden_size: model.width,
        model_name: baseModel,
        model_type: model.modelType,
        name: fusionName(adapters),
      },
      tensors: Object.fromEntries(
        expectedTensors(config, model).map(({ name, key }) => [key, parameters[name]!]),
      ),
    };
  },
  read: (files, model) => {
    const config = readConfig(files, model);
    const expected = expectedTensors(config, model);
    return { config, parameters: matchTensors({ package: owner, files, expected }) };
  },
  layout: fusionSetup({ format, format_version: 1 }),
};

/** AdapterHub names a fusion by its adapters. */
function fusionName(adapters: readonly FusedAdapter[]): string {
  return adapters.map(({ name }) => name).join(',');
}

function expectedTensors(config: FusionConfig, model: ModelSpec): ExpectedTensor[] {
  const { adapters } = membersOf(config);
  const plan = planFusion(model, config);
  const own = adapters.flatMap((member) =>
    bottleneckTensors(memberPlan(model, member), model, member.name).map((tensor) => ({
      ...tensor,
      name: memberTensor(member.name, tensor.name),
    })),
  );
  const planned = new Map(plan.tensors.map(({ name, shape }) => [name, shape]));
  const maps = model.sites.flatMap((site) => {
    if (site.kind !== 'sublayer' || !plan.sites.includes(site.name)) return [];
    const module = `${hubModule(model, site)}.adapter_fusion_layer.${fusionName(adapters)}`;
    const names = fusionNames(site.name);
    const keys = {
      [names.queryWeight]: 'query.weight',
      [names.queryBias]: 'query.bias',
      [names.keyWeight]: 'key.weight',
      [names.keyBias]: 'key.bias',
      [names.valueWeight]: 'value.weight',
    };
    return Object.entries(keys).flatMap(([name, key]) => {
      const shape = planned.get(name);
      return shape ? [{ name, key: `${module}.${key}`, shape }] : [];
    });
  });
  return [...own, ...maps];
}

const fileSchema = {
  type: 'object',
  required: ['format', 'format_version', 'config', 'adapters'],
  properties: {
    format: { const: format },
    format_version: { const: 1 },
    adapters: {
      type: 'array',
      minItems: 2,
      items: {
        type: 'object',
        required: ['name', 'config'],
        properties: { name: { type: 'string', minLength: 1 }, config: { type: 'object' } },
        additionalProperties: false,
      },
    },
    config: {
      type: 'object',
      required: ['value', 'regularization', 'dropout_prob'],
      properties: {
        dropout_prob: fusionConfigSchema.properties.dropout,
        key: { const: true },
        query: { const: true },
        query_before_ln: { const: false },
        regularization: fusionConfigSchema.properties.regularization,
        residual_before: { const: false },
        temperature: { const: false },
        value: { type: 'boolean' },
        value_before_softmax: { const: true },
        value_initialized: { type: 'boolean' },
      },
      additionalProperties: false,
    },
    hidden_size: { type: 'integer' },
    model_name: { type: ['string', 'null'] },
    model_type: { type: 'string' },
    name: { type: 'string' },
  },
  additionalProperties: false,
} as const;

interface FusionFile {
  readonly adapters: readonly { readonly name: string; readonly config: Record<string, unknown> }[];
  readonly config: {
    readonly value: boolean;
    readonly regularization: number;
    readonly dropout_prob: number;
  };
}

function readConfig(files: AdapterFiles, model: ModelSpec): FusionConfig {
  const file = validate<FusionFile>(fileSchema, files.config, {
    package: owner,
    what: 'adapter configuration',
    file: `${files.directory}/adapter_config.json`,
  });
  const kinds = file.adapters.map(({ config }) => kindOf(config));
  const [kind] = kinds;
  if (!kind || kinds.some((other) => other !== kind) || kind.form === 'parallel')
    throw new TunesmithError({
      package: owner,
      code: 'unsupported-option',
      message: `${files.directory}: the adapters of a fusion are of kinds that cannot be mixed`,
      value: kinds.map((one) => one?.name),
      accepted: 'adapters that are all sequential, or all Pfeiffer’s',
    });
  return {
    value: file.config.value,
    regularization: file.config.regularization,
    dropout: file.config.dropout_prob,
    form: kind.form,
    adapters: file.adapters.map(({ name, config }) => ({
      name,
      config: readHubConfig({ ...files, config: { config }, tensors: {} }, model, kind),
    })),
  };
}

function kindOf(options: Readonly<Record<string, unknown>>): BottleneckKind | undefined {
  return bottleneckKinds.find(({ form }) => form === formOf(options));
}
