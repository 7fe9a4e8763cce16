import { validate } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import { peftBaseConfig, peftPrefix, peftTensorFile, pythonFloat } from '@tunesmith/peft';
import type { Adapter, AdapterFiles, AdapterFormat } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import { idleLoraOptions, neutralLoraOptions } from '../lora-options.ts';
import { readInit } from '../read-init.ts';
import { orElse, readOptions, storedTargetOptions } from '../stored-options.ts';
import { readTensors, storedTensors } from '../stored-tensors.ts';
import { linearTargets } from '../targets.ts';
import { adaloraConfigSchema, type AdaloraConfig } from './config.ts';
import { adaloraNames, planAdalora, ranksOf } from './plan.ts';

/** AdaLoRA in the files of Hugging Face PEFT: `peft_type` `ADALORA`, `lora_A`, `lora_B` and `lora_E` of each target. */
export const adaloraFiles: AdapterFormat<AdaloraConfig> = {
  tensorFile: peftTensorFile,
  marker: 'peft_type "ADALORA"',
  recognizes: (config) => config['peft_type'] === 'ADALORA',
  write: (given, { baseModel }) => {
    const adapter = withoutPruned(given);
    const { config, model } = adapter;
    const sites = linearTargets(model, config);
    const empty = sites.filter((site) => ranksOf(config, site) === 0);
    return {
      config: {
        ...peftBaseConfig('ADALORA', baseModel, model),
        ...neutralLoraOptions,
        ...unusedOptions,
        ...scheduleOf(config),
        bias: config.bias,
        exclude_modules: config.exclude_modules,
        fan_in_fan_out: sites.some(({ layout }) => layout === 'in_out'),
        layers_pattern: config.layers_pattern,
        layers_to_transform: config.layers_to_transform,
        lora_alpha: config.alpha,
        lora_dropout: pythonFloat(config.dropout),
        modules_to_save: config.modules_to_save,
        rank_pattern: config.rank_pattern,
        target_modules:
          config.targets === 'all-linear' ? sites.map(({ name }) => name) : config.targets,
      },
      tensors: {
        ...storedTensors(adapter),
        ...Object.fromEntries(
          empty.flatMap(({ name, in: width, out }) => {
            const { a, b, e } = adaloraNames(name);
            return [
              [peftPrefix + a, nothing([0, width])],
              [peftPrefix + b, nothing([out, 0])],
              [peftPrefix + e, nothing([0, 1])],
            ];
          }),
        ),
      },
    };
  },
  read: (files, model) => {
    const config = readConfig(files, model);
    // PEFT stores a target without ranks as tensors without numbers.
    const tensors = Object.fromEntries(
      Object.entries(files.tensors).filter(([, { data }]) => data.length > 0),
    );
    return { config, ...readTensors({ ...files, tensors }, planAdalora(model, config), model) };
  },
};

/** PEFT wants a schedule in every file, and reads it when training goes on there. */
function scheduleOf(config: AdaloraConfig): Record<string, unknown> {
  const [tinit, tfinal] = [config.tinit ?? 0, config.tfinal ?? 0];
  return {
    beta1: config.beta1,
    beta2: config.beta2,
    deltaT: config.delta_t,
    init_r: config.init_r,
    orth_reg_weight: pythonFloat(config.orth_reg_weight),
    target_r: config.target_r,
    tfinal,
    tinit,
    total_step: config.total_step ?? tinit + tfinal + 1,
  };
}

/** LoRA's options that AdaLoRA has no use for. */
const unusedOptions = {
  alpha_pattern: {},
  ensure_weight_tying: false,
  init_lora_weights: true,
  lora_bias: false,
  r: 8,
  trainable_token_indices: null,
  use_dora: false,
  use_rslora: false,
};

function nothing(shape: readonly number[]): HostTensor {
  return { shape, dtype: 'float32', data: new Float32Array(0) };
}

type Parts = Pick<Adapter<AdaloraConfig>, 'name' | 'config' | 'plan' | 'model' | 'parameters'>;

/**
 * The adapter without the ranks that were taken away: those whose singular value is 0, as long as any is not. (All are 0 before
 * training, and all ranks are kept then.)
 */
function withoutPruned(adapter: Parts): Parts {
  const { config, model, parameters } = adapter;
  const sites = linearTargets(model, config).filter((site) => ranksOf(config, site) > 0);
  const valuesOf = (site: string): number[] => [...parameters[adaloraNames(site).e]!.data];
  const values = sites.flatMap(({ name }) => valuesOf(name));
  if (config.rank_pattern !== null || !values.includes(0) || values.every((value) => value === 0))
    return adapter;
  const kept: Record<string, boolean[]> = {};
  const left: Record<string, HostTensor> = { ...parameters };
  for (const { name } of sites) {
    const { a, b, e } = adaloraNames(name);
    const isKept = valuesOf(name).map((value) => value !== 0);
    kept[e] = isKept;
    left[a] = rowsWhere(parameters[a]!, isKept);
    left[e] = rowsWhere(parameters[e]!, isKept);
    left[b] = columnsWhere(parameters[b]!, isKept);
    if (isKept.includes(true)) continue;
    for (const tensor of [a, b, e]) delete left[tensor];
  }
  const pruned: AdaloraConfig = { ...config, rank_pattern: kept };
  return { ...adapter, config: pruned, plan: planAdalora(model, pruned), parameters: left };
}

function rowsWhere({ shape, data }: HostTensor, isKept: readonly boolean[]): HostTensor {
  const width = shape[1]!;
  const chosen = [...data].filter((_, i) => isKept[Math.floor(i / width)]);
  return {
    shape: [chosen.length / width, width],
    dtype: 'float32',
    data: Float32Array.from(chosen),
  };
}

function columnsWhere({ shape, data }: HostTensor, isKept: readonly boolean[]): HostTensor {
  const chosen = [...data].filter((_, i) => isKept[i % isKept.length]);
  const rows = shape[0]!;
  return { shape: [rows, chosen.length / rows], dtype: 'float32', data: Float32Array.from(chosen) };
}

function readConfig(files: AdapterFiles, model: ModelSpec): AdaloraConfig {
  const options = readOptions<AdaloraConfig>(files, model, adaloraOptions, [
    ...idleLoraOptions,
    'init_lora_weights',
    'r',
  ]);
  readInit(files.config['init_lora_weights']);
  return validate<AdaloraConfig>(adaloraConfigSchema, options, {
    package: '@tunesmith/lora',
    what: 'adapter configuration',
    file: `${files.directory}/adapter_config.json`,
  });
}

const adaloraOptions = {
  ...storedTargetOptions,
  beta1: { name: 'beta1', read: orElse(0.85) },
  beta2: { name: 'beta2', read: orElse(0.85) },
  deltaT: { name: 'delta_t', read: orElse(1) },
  init_r: { name: 'init_r', read: orElse(12) },
  lora_alpha: { name: 'alpha', read: orElse(8) },
  lora_dropout: { name: 'dropout', read: orElse(0) },
  orth_reg_weight: { name: 'orth_reg_weight', read: orElse(0.5) },
  rank_pattern: { name: 'rank_pattern', read: orElse(null) },
  target_r: { name: 'target_r', read: orElse(8) },
  tfinal: { name: 'tfinal', read: orElse(0) },
  tinit: { name: 'tinit', read: orElse(0) },
  total_step: { name: 'total_step', read: orElse(null) },
} as const;
