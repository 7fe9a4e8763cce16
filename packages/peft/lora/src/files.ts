import { TunesmithError, validate } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import type { HostTensor } from '@tunesmith/runtime';
import {
  baseShape,
  largestDifference,
  matchTensors,
  peftBaseConfig,
  peftPrefix,
  peftTensorFile,
  pythonFloat,
  refuseUnknownOptions,
  sortedPattern,
} from '@tunesmith/peft';
import type { Adapter, AdapterFiles, AdapterFormat, ExpectedTensor, Plan } from '@tunesmith/peft';
import { loraConfigSchema } from './config.ts';
import type { LoraConfig } from './config.ts';
import { withInferredRank } from './infer-rank.ts';
import { planLora, targetSites } from './plan.ts';
import { initNames, readInit } from './read-init.ts';
import { readTargets } from './read-targets.ts';
import { savedTensors } from './tying.ts';

const owner = '@tunesmith/lora';

/** LoRA in the files of Hugging Face PEFT: `peft_type` `LORA`, `lora_A` and `lora_B` matrices of each target. */
export const loraFiles: AdapterFormat<LoraConfig> = {
  tensorFile: peftTensorFile,
  marker: 'peft_type "LORA"',
  recognizes: (config) => config['peft_type'] === 'LORA',
  write: (adapter, { baseModel }) => ({
    config: {
      ...peftBaseConfig('LORA', baseModel, adapter.model),
      ...neutralOptions,
      ...optionsOf(adapter),
    },
    tensors: Object.fromEntries([
      ...Object.entries(fileKeys(adapter.plan, adapter.model)).map(([name, key]) => [
        key,
        tensorOf(adapter, name),
      ]),
      ...sharedHead(adapter.plan, adapter.model).map(({ key }) => [
        key,
        tensorOf(adapter, adapter.model.head.weight),
      ]),
    ]),
  }),
  read: (files, model) => {
    const config = readConfig(files, model);
    const plan = planLora(model, config);
    const keys = fileKeys(plan, model);
    const shapes = new Map(plan.tensors.map((tensor) => [tensor.name, tensor.shape]));
    const expected = Object.entries(keys).map(([name, key]) => ({
      name,
      key,
      shape: shapes.get(name) ?? baseShape(model, name) ?? [],
    }));
    const shared = sharedHead(plan, model);
    const repeated = repeatedHead(plan, model);
    const found = matchTensors({
      package: owner,
      files,
      expected: [...expected, ...shared, ...repeated],
      prefix: peftPrefix,
    });
    const parameters = Object.fromEntries(
      expected.flatMap(({ name }) => (found[name] ? [[name, found[name]]] : [])),
    );
    if (shared.length > 0) checkShared(files.directory, found, model);
    const head = found[baseLayerOf(model.head.name)];
    return {
      config,
      parameters,
      ...(head ? { repeated: { [model.head.weight]: head } } : {}),
    };
  },
};

/** Key in the file by local name; a bias of an adapted map lies inside PEFT's wrapper, in its `base_layer`. */
function fileKeys(plan: Plan, model: ModelSpec): Record<string, string> {
  const targets = new Set(plan.sites);
  const keys = Object.fromEntries(plan.tensors.map(({ name }) => [name, peftPrefix + name]));
  for (const name of plan.base) keys[name] = peftPrefix + name;
  for (const site of model.sites) {
    if (site.kind !== 'linear' || site.bias === undefined || !targets.has(site.name)) continue;
    if (plan.base.includes(site.bias))
      keys[site.bias] = `${peftPrefix}${site.name}.base_layer.bias`;
  }
  return keys;
}

/** PEFT stores one copy of a shared table twice, as the embedding's and as the head's. */
function sharedHead({ base, untied }: Plan, { head, tensors }: ModelSpec): ExpectedTensor[] {
  if (head.ownWeight === undefined || untied === true || !base.includes(head.weight)) return [];
  const shape = tensors[head.weight]?.shape ?? [];
  return [{ name: head.ownWeight, key: peftPrefix + head.ownWeight, shape, optional: true }];
}

function checkShared(
  directory: string,
  found: Readonly<Record<string, HostTensor>>,
  { head }: ModelSpec,
): void {
  const [table, own] = [found[head.weight], found[head.ownWeight ?? '']];
  if (table === undefined || own === undefined || largestDifference(table, own) === 0) return;
  throw new TunesmithError({
    package: owner,
    code: 'adapter-tensors',
    message: `${directory}: option "ensure_weight_tying" is true, but tensors "${peftPrefix}${head.weight}" and "${peftPrefix}${head.ownWeight}" differ`,
    value: head.ownWeight,
    accepted:
      'one table for the embedding and the head, or an adapter without "ensure_weight_tying"',
  });
}

const baseLayerOf = (module: string): string => `${module}.base_layer.weight`;

/** PEFT stores the frozen weight of an adapted head beside its update. */
function repeatedHead(plan: Plan, { head, tensors }: ModelSpec): ExpectedTensor[] {
  if (!plan.sites.includes(head.name)) return [];
  const shape = tensors[head.weight]?.shape ?? [];
  return [
    {
      name: baseLayerOf(head.name),
      key: peftPrefix + baseLayerOf(head.name),
      shape,
      optional: true,
    },
  ];
}

function tensorOf(adapter: Adapter, name: string): Adapter['parameters'][string] {
  const tensor = adapter.parameters[name];
  if (tensor === undefined) {
    throw new TunesmithError({
      package: owner,
      code: 'incomplete-adapter',
      message: `adapter "${adapter.name}" has no tensor "${name}"`,
      value: name,
      kind: 'failure',
    });
  }
  return tensor;
}

/** Every other key that PEFT writes, switched off. */
const neutralOptions: Readonly<Record<string, unknown>> = {
  alora_invocation_tokens: null,
  arrow_config: null,
  corda_config: null,
  eva_config: null,
  kasa_config: null,
  layer_replication: null,
  loftq_config: {},
  lora_bias: false,
  lora_ga_config: null,
  megatron_config: null,
  megatron_core: 'megatron.core',
  monteclora_config: null,
  qalora_group_size: 16,
  target_parameters: null,
  trainable_token_indices: null,
  use_bdlora: null,
  use_dora: false,
  use_qalora: false,
  velora_config: null,
};

/**
 * PEFT's options that change no number of a stored adapter: how first values were found, how gradients flow, where base
 * layers of other libraries come from, and what its loader corrects by itself.
 */
const idleOptions = [
  'corda_config',
  'eva_config',
  'fan_in_fan_out',
  'loftq_config',
  'lora_ga_config',
  'megatron_config',
  'megatron_core',
  'qalora_group_size',
  'runtime_config',
];

function optionsOf({ config, model }: Adapter<LoraConfig>): Record<string, unknown> {
  const sites = targetSites(model, config);
  const names = sites.map((site) => site.name);
  return {
    alpha_pattern: sortedPattern(owner, config.alpha_pattern, names),
    bias: config.bias,
    ensure_weight_tying: config.ensure_weight_tying,
    exclude_modules: config.exclude_modules,
    fan_in_fan_out: sites.some((site) => site.layout === 'in_out'),
    init_lora_weights: initNames[config.init],
    layers_pattern: config.layers_pattern,
    layers_to_transform: config.layers_to_transform,
    lora_alpha: config.alpha,
    lora_dropout: pythonFloat(config.dropout),
    modules_to_save: config.modules_to_save,
    r: config.r,
    rank_pattern: sortedPattern(owner, config.rank_pattern, names),
    // PEFT stores what 'all-linear' came to, so that the adapter does not depend on the reader's idea of it.
    target_modules: config.targets === 'all-linear' ? names : config.targets,
    use_rslora: config.use_rslora,
  };
}

function readConfig(files: AdapterFiles, model: ModelSpec): LoraConfig {
  const { config: json, directory } = files;
  refuseUnknownOptions({
    package: owner,
    directory,
    config: json,
    known: [...Object.keys(readOptions), ...idleOptions],
  });
  const options = Object.fromEntries(
    Object.entries(readOptions).map(([key, { name, read }]) => [name, read(json[key], model)]),
  );
  const ranked = withInferredRank(options, files);
  const config = validate<LoraConfig>(loraConfigSchema, ranked, {
    package: owner,
    what: 'adapter configuration',
    file: `${directory}/adapter_config.json`,
  });
  if (!config.ensure_weight_tying) return config;
  refuseTiedTargets(directory, config, model);
  return { ...config, ensure_weight_tying: tiesTable(files, config, model) };
}

/** The last parts of module names by which PEFT knows that a table is to stay tied. */
const tiedByName = new Set(['embed_tokens', 'lm_head']);

/**
 * Whether a file with `ensure_weight_tying` holds one table for embedding and head. An embedding of another name (GPT-2's
 * `wte`) PEFT leaves apart from the head unless that is named too, and the file then has no head.
 */
function tiesTable({ tensors }: AdapterFiles, config: LoraConfig, model: ModelSpec): boolean {
  if (!savedTensors(model, config).tied) return false;
  const named = config.modules_to_save?.some((module) =>
    tiedByName.has(module.split('.').at(-1) ?? ''),
  );
  return named === true || `${peftPrefix}${model.head.ownWeight}` in tensors;
}

/** With `ensure_weight_tying` PEFT gives an adapted head that is tied and the embedding one update, which is not read here. */
function refuseTiedTargets(directory: string, config: LoraConfig, model: ModelSpec): void {
  const head = targetSites(model, config).find((site) => site.head === true);
  if (!model.tied || head === undefined) return;
  throw new TunesmithError({
    package: owner,
    code: 'unsupported-option',
    message: `${directory}: option "ensure_weight_tying" is true, and the target "${head.name}" shares its weight with the embedding`,
    value: head.name,
    accepted: 'an adapter of other modules, or one without "ensure_weight_tying"',
  });
}

interface ReadOption {
  readonly name: keyof LoraConfig;
  readonly read: (value: unknown, model: ModelSpec) => unknown;
}

const orElse =
  (fallback: unknown) =>
  (value: unknown): unknown =>
    value ?? fallback;

/** PEFT's options that are honored: our name for each, and its value with PEFT's default where the file is silent. */
const readOptions: Readonly<Record<string, ReadOption>> = {
  alpha_pattern: { name: 'alpha_pattern', read: orElse({}) },
  bias: { name: 'bias', read: orElse('none') },
  ensure_weight_tying: { name: 'ensure_weight_tying', read: orElse(false) },
  exclude_modules: { name: 'exclude_modules', read: orElse(null) },
  init_lora_weights: { name: 'init', read: readInit },
  layers_pattern: { name: 'layers_pattern', read: orElse(null) },
  layers_to_transform: {
    name: 'layers_to_transform',
    // PEFT takes an empty list for none at all, so for every layer.
    read: (value) =>
      typeof value === 'number'
        ? [value]
        : Array.isArray(value) && value.length === 0
          ? null
          : (value ?? null),
  },
  lora_alpha: { name: 'alpha', read: orElse(8) },
  lora_dropout: { name: 'dropout', read: orElse(0) },
  modules_to_save: { name: 'modules_to_save', read: orElse(null) },
  r: { name: 'r', read: (value) => value },
  rank_pattern: { name: 'rank_pattern', read: orElse({}) },
  target_modules: { name: 'targets', read: readTargets },
  use_rslora: { name: 'use_rslora', read: orElse(false) },
};
