import { TunesmithError, validate, showValue } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import {
  matchTensors,
  peftBaseConfig,
  peftPrefix,
  peftTensorFile,
  pythonFloat,
  refuseUnknownOptions,
} from '@tunesmith/peft';
import type { Adapter, AdapterFiles, AdapterFormat, ExpectedTensor, Plan } from '@tunesmith/peft';
import { loraConfigSchema } from './config.ts';
import type { LoraConfig } from './config.ts';
import { withInferredRank } from './infer-rank.ts';
import { planLora, targetSites } from './plan.ts';
import { readTargets } from './read-targets.ts';

const owner = '@tunesmith/lora';

/** LoRA in the files of Hugging Face PEFT: `peft_type` `LORA`, `lora_A` and `lora_B` matrices of each target. */
export const loraFiles: AdapterFormat<LoraConfig> = {
  tensorFile: peftTensorFile,
  marker: 'peft_type "LORA"',
  recognises: (config) => config['peft_type'] === 'LORA',
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

const initNames = { 'kaiming-uniform': true, gaussian: 'gaussian', random: false } as const;

function optionsOf({ config, model }: Adapter<LoraConfig>): Record<string, unknown> {
  const sites = targetSites(model, config);
  return {
    alpha_pattern: config.alpha_pattern,
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
    rank_pattern: config.rank_pattern,
    // PEFT stores what 'all-linear' came to, so that the adapter does not depend on the reader's idea of it.
    target_modules:
      config.targets === 'all-linear' ? sites.map((site) => site.name) : config.targets,
    use_rslora: config.use_rslora,
  };
}

function readConfig(files: AdapterFiles, model: ModelSpec): LoraConfig {
  const { config: json, directory } = files;
  refuseUnknownOptions({
    package: owner,
    directory,
    config: json,
    known: [...Object.keys(readOptions), 'fan_in_fan_out'],
    neutral: {
      megatron_core: ['megatron.core'],
      qalora_group_size: [json['qalora_group_size']],
      task_type: ['CAUSAL_LM'],
    },
  });
  const options = Object.fromEntries(
    Object.entries(readOptions).map(([key, { name, read }]) => [name, read(json[key], model)]),
  );
  const ranked = withInferredRank(options, files);
  return validate<LoraConfig>(loraConfigSchema, ranked, {
    package: owner,
    what: 'adapter configuration',
    file: `${directory}/adapter_config.json`,
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

/** PEFT's options that are honoured: our name for each, and its value with PEFT's default where the file is silent. */
const readOptions: Readonly<Record<string, ReadOption>> = {
  alpha_pattern: { name: 'alpha_pattern', read: orElse({}) },
  bias: { name: 'bias', read: orElse('none') },
  exclude_modules: { name: 'exclude_modules', read: orElse(null) },
  init_lora_weights: { name: 'init', read: readInit },
  layers_pattern: { name: 'layers_pattern', read: orElse(null) },
  layers_to_transform: {
    name: 'layers_to_transform',
    read: (value) => (typeof value === 'number' ? [value] : (value ?? null)),
  },
  lora_alpha: { name: 'alpha', read: orElse(8) },
  lora_dropout: { name: 'dropout', read: orElse(0) },
  modules_to_save: { name: 'modules_to_save', read: orElse(null) },
  r: { name: 'r', read: (value) => value },
  rank_pattern: { name: 'rank_pattern', read: orElse({}) },
  target_modules: { name: 'targets', read: readTargets },
  use_rslora: { name: 'use_rslora', read: orElse(false) },
};

function readInit(value: unknown): string {
  const name = Object.entries(initNames).find(([, peft]) => peft === (value ?? true))?.[0];
  if (name !== undefined) return name;
  throw new TunesmithError({
    package: owner,
    code: 'unsupported-option',
    message: `init_lora_weights is ${showValue(value)}: such an adapter changes the base model when it is loaded`,
    value,
    accepted:
      'true, false or "gaussian"; PEFT converts others to plain LoRA with path_initial_model_for_weight_conversion',
  });
}
