import { TunesmithError, validate, showValue } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import { matchTensors, pythonFloat } from '@tunesmith/peft';
import type { Adapter, AdapterFiles, AdapterFormat, ExpectedTensor, Plan } from '@tunesmith/peft';
import type { BottleneckForm, BottleneckKind } from './bottleneck.ts';
import type { BottleneckConfig } from './config.ts';
import { hubModule } from './hub-names.ts';
import { bottleneckNames, bottleneckSize, planBottleneck, sizeFromFactor } from './plan.ts';

const owner = '@tunesmith/adapter';

/**
 * Bottleneck adapters in AdapterHub's files: `adapter_config.json` with the architecture under `config`, and
 * `adapter.safetensors` with keys such as `model.layers.0.output_adapters.adapters.<name>.adapter_down.0.weight`.
 *
 * Copies of norms (`train_layer_norms`) lie beside them under their base names; AdapterHub's loader leaves those out.
 */
export function bottleneckFiles(kind: BottleneckKind): AdapterFormat<BottleneckConfig> {
  const { form, factor } = kind;
  return {
    tensorFile: 'adapter.safetensors',
    marker: `a "config" with "mh_adapter" and "output_adapter"${markers[form]}, as AdapterHub writes`,
    recognizes: ({ config, peft_type: peftType }) =>
      peftType === undefined &&
      isRecord(config) &&
      'mh_adapter' in config &&
      'output_adapter' in config &&
      formOf(config) === form,
    write: (adapter, { baseModel }) => ({
      config: describe(adapter, baseModel, kind),
      tensors: renamed(adapter),
    }),
    read: (files, model) => {
      const name = readName(files);
      const config = readHubConfig(files, model, kind);
      const plan = planBottleneck(model, config, factor);
      const parameters = matchTensors({
        package: owner,
        files,
        expected: bottleneckTensors(plan, model, name),
      });
      return { config, parameters, name };
    },
  };
}

const markers: Readonly<Record<BottleneckForm, string>> = {
  sequential: '',
  'after-sum': ' and "original_ln_before": true',
  parallel: ' and "is_parallel": true',
};

/** The form of an adapter by AdapterHub's options. */
export function formOf(options: Readonly<Record<string, unknown>>): BottleneckForm {
  if (options['is_parallel'] === true) return 'parallel';
  return options['original_ln_before'] === true ? 'after-sum' : 'sequential';
}

/** File key of every planned tensor of an adapter of a name. */
export function bottleneckTensors(plan: Plan, model: ModelSpec, name: string): ExpectedTensor[] {
  const sites = new Map(
    model.sites.flatMap((site) => (site.kind === 'sublayer' ? [[site.name, site] as const] : [])),
  );
  const own = plan.tensors.map((tensor) => {
    const site = sites.get(tensor.site ?? '')!;
    const names = bottleneckNames(site.name);
    const keys = {
      [names.downWeight]: 'adapter_down.0.weight',
      [names.downBias]: 'adapter_down.0.bias',
      [names.upWeight]: 'adapter_up.weight',
      [names.upBias]: 'adapter_up.bias',
      [names.scaling]: 'scaling',
    };
    const key = `${hubModule(model, site)}.adapters.${name}.${keys[tensor.name]}`;
    return { name: tensor.name, key, shape: tensor.shape };
  });
  const norms = plan.base.map((base) => ({
    name: base,
    key: base,
    shape: model.tensors[base]?.shape ?? [],
  }));
  return [...own, ...norms];
}

function renamed({
  plan,
  model,
  name,
  parameters,
}: Adapter<BottleneckConfig>): Adapter['parameters'] {
  return Object.fromEntries(
    bottleneckTensors(plan, model, name).map((tensor) => {
      const value = parameters[tensor.name];
      if (value === undefined)
        throw new RangeError(`adapter "${name}" has no tensor "${tensor.name}"`);
      return [tensor.key, value];
    }),
  );
}

/** AdapterHub's options that must have these values to mean what is computed here. */
const fixedOptions: Readonly<Record<string, unknown>> = {
  adapter_residual_before_ln: false,
  inv_adapter: null,
  inv_adapter_reduction_factor: null,
  ln_after: false,
  ln_before: false,
  original_ln_after: true,
  phm_layer: false,
  residual_before_ln: true,
  stochastic_depth: 0,
  use_gating: false,
};

/** AdapterHub's options that have no effect on a bottleneck of this kind, with its defaults. */
const idleOptions: Readonly<Record<string, unknown>> = {
  factorized_phm_W: true,
  factorized_phm_rule: false,
  hypercomplex_nonlinearity: 'glorot-uniform',
  init_weights_seed: null,
  learn_phm: true,
  phm_bias: true,
  phm_c_init: 'normal',
  phm_dim: 4,
  phm_init_range: 0.0001,
  phm_rank: 1,
  shared_W_phm: false,
  shared_phm_rule: true,
};

/** `mam_adapter` is AdapterHub's start with a zero up-projection. */
const initNames = { 'zero-up': 'mam_adapter', houlsby: 'houlsby', bert: 'bert' } as const;

function describe(
  { config, model, name }: Adapter<BottleneckConfig>,
  baseModel: string,
  kind: Pick<BottleneckKind, 'form' | 'factor'>,
): Record<string, unknown> {
  const architectures = model.configuration['architectures'];
  return {
    config: hubConfig(model, config, kind),
    hidden_size: model.width,
    model_class: Array.isArray(architectures) ? (architectures[0] ?? null) : null,
    model_name: baseModel,
    model_type: model.modelType,
    name,
    version: 'adapters.1.3.0',
  };
}

/** The options of AdapterHub's `BnConfig` that say what a configuration does. */
export function hubConfig(
  model: ModelSpec,
  config: BottleneckConfig,
  { form, factor }: Pick<BottleneckKind, 'form' | 'factor'>,
): Record<string, unknown> {
  const { scaling } = config;
  return {
    ...fixedOptions,
    ...idleOptions,
    cross_adapter: config.cross_attention,
    is_parallel: form === 'parallel',
    original_ln_before: form === 'after-sum',
    dropout: pythonFloat(config.dropout),
    init_weights: initNames[config.init],
    leave_out: config.leave_out,
    mh_adapter: config.attention,
    non_linearity: config.non_linearity,
    output_adapter: config.feed_forward,
    reduction_factor: reductionFactor(model.width, bottleneckSize(model, config, factor)),
    scaling: typeof scaling === 'number' ? pythonFloat(scaling) : scaling,
    stochastic_depth: pythonFloat(0),
  };
}

/** A factor from which {@link sizeFromFactor} gives the size back: exact, or well between two sizes. */
function reductionFactor(width: number, size: number): number {
  return width % size === 0 ? width / size : width / (size + 0.5);
}

function readName({ config, directory }: AdapterFiles): string {
  const { name } = config;
  if (typeof name === 'string') return name;
  throw new TunesmithError({
    package: owner,
    code: 'adapter-files',
    message: `${directory}: adapter_config.json gives no name, and the tensors' keys contain it`,
    value: name,
    accepted: 'a string under "name"',
  });
}

/** The configuration that AdapterHub's options say. */
export function readHubConfig(
  { config: json, directory, tensors }: AdapterFiles,
  model: ModelSpec,
  { form, schema }: BottleneckKind,
): BottleneckConfig {
  const options = isRecord(json['config']) ? json['config'] : {};
  const read = [
    'cross_adapter',
    'dropout',
    'init_weights',
    'is_parallel',
    'leave_out',
    'mh_adapter',
    'non_linearity',
    'original_ln_before',
    'output_adapter',
    'reduction_factor',
    'scaling',
  ];
  // Of a parallel adapter nothing is read after the base's norm.
  if (form === 'parallel' && options['original_ln_before'] === true)
    throw new TunesmithError({
      package: owner,
      code: 'unsupported-option',
      message: `${directory}: options "is_parallel" and "original_ln_before" are both true, which is not supported`,
      value: true,
      accepted: 'one of the two',
    });
  for (const [key, value] of Object.entries(options)) {
    if (read.includes(key) || Object.hasOwn(idleOptions, key)) continue;
    const isFixed = Object.hasOwn(fixedOptions, key);
    if (isFixed ? fixedOptions[key] === value : value === null || value === false) continue;
    throw new TunesmithError({
      package: owner,
      code: 'unsupported-option',
      message: `${directory}: option "${key}" is ${showValue(value)}, which is not supported`,
      value,
      accepted: isFixed ? JSON.stringify(fixedOptions[key]) : read,
    });
  }
  const factor = options['reduction_factor'] ?? 16;
  const value = {
    // The size is stated, so that the adapter means the same whatever becomes of the default factor.
    size: typeof factor === 'number' && factor > 0 ? sizeFromFactor(model.width, factor) : factor,
    reduction_factor: null,
    non_linearity:
      options['non_linearity'] === 'silu' ? 'swish' : (options['non_linearity'] ?? 'swish'),
    attention: options['mh_adapter'],
    cross_attention: options['cross_adapter'] ?? false,
    feed_forward: options['output_adapter'],
    scaling: options['scaling'] ?? 1,
    leave_out: options['leave_out'] ?? [],
    train_layer_norms: Object.keys(tensors).some((key) => Object.hasOwn(model.tensors, key)),
    dropout: options['dropout'] ?? 0,
    init: Object.entries(initNames).find(
      ([, hub]) => hub === (options['init_weights'] ?? 'bert'),
    )?.[0],
  };
  return validate<BottleneckConfig>(schema, value, {
    package: owner,
    what: 'adapter configuration',
    file: `${directory}/adapter_config.json`,
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
