import { TunesmithError, validate } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import {
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

const owner = '@tunesmith/lora';

/** LoRA in the files of Hugging Face PEFT: `peft_type` `LORA`, `lora_A` and `lora_B` matrices of each target. */
export const loraFiles: AdapterFormat<LoraConfig> = {
  tensorFile: peftTensorFile,
  marker: 'peft_type "LORA"',
  recognizes: (config) => config['peft_type'] === 'LORA',
  write: (adapter, { baseModel }) => ({
    config: { ...peftBaseConfig('LORA', baseModel), ...neutralOptions, ...optionsOf(adapter) },
    tensors: Object.fromEntries(
      Object.entries(fileKeys(adapter.plan, adapter.model)).map(([name, key]) => [
        key,
        tensorOf(adapter, name),
      ]),
    ),
  }),
  read: (files, model) => {
    const config = readConfig(files, model);
    const plan = planLora(model, config);
    const keys = fileKeys(plan, model);
    const shapes = new Map(plan.tensors.map((tensor) => [tensor.name, tensor.shape]));
    const expected = Object.entries(keys).map(([name, key]) => ({
      name,
      key,
      shape: shapes.get(name) ?? model.tensors[name]?.shape ?? [],
    }));
    const repeated = repeatedHead(plan, model);
    const found = matchTensors({
      package: owner,
      files,
      expected: [...expected, ...repeated],
      prefix: peftPrefix,
    });
    const parameters = Object.fromEntries(
      expected.flatMap(({ name }) => (found[name] ? [[name, found[name]]] : [])),
    );
    const head = found[model.head.weight];
    return {
      config,
      parameters,
      ...(repeated.length > 0 && head ? { repeated: { [model.head.weight]: head } } : {}),
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

/** PEFT stores the frozen weight of an adapted head beside its update. */
function repeatedHead(plan: Plan, { head, tensors }: ModelSpec): ExpectedTensor[] {
  if (!plan.sites.includes(head.name)) return [];
  const shape = tensors[head.weight]?.shape ?? [];
  return [
    {
      name: head.weight,
      key: `${peftPrefix}${head.name}.base_layer.weight`,
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
  ensure_weight_tying: false,
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
 * layers of other libraries come from, and what its loader corrects by itself. `ensure_weight_tying` acts through tied
 * modules alone, which are refused.
 */
const idleOptions = [
  'corda_config',
  'ensure_weight_tying',
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
    neutral: { task_type: ['CAUSAL_LM'] },
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
  if (json['ensure_weight_tying'] === true) refuseTiedTargets(directory, config, model);
  return config;
}

/** With `ensure_weight_tying` PEFT gives a tied head and the embedding one update, of which only the head's is read here. */
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
