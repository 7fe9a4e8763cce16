import { TunesmithError, validate } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import {
  peftBaseConfig,
  peftPrefix,
  peftTensorFile,
  pythonFloat,
  sortedPattern,
} from '@tunesmith/peft';
import type { Adapter, AdapterFiles, AdapterFormat } from '@tunesmith/peft';
import { loraConfigSchema } from './config.ts';
import type { LoraConfig } from './config.ts';
import { withInferredRank } from './infer-rank.ts';
import { plainLora } from './init/plain.ts';
import { planLora } from './plan.ts';
import { readInit, storedInit } from './read-init.ts';
import { idleLoraOptions, neutralLoraOptions } from './lora-options.ts';
import { orElse, readOptions, storedTargetOptions, type StoredOptions } from './stored-options.ts';
import { readTensors, storedTensors } from './stored-tensors.ts';
import { targetSites } from './targets.ts';
import { savedTensors } from './tying.ts';

const owner = '@tunesmith/lora';

/** LoRA in the files of Hugging Face PEFT: `peft_type` `LORA`, `lora_A` and `lora_B` matrices of each target. */
export const loraFiles: AdapterFormat<LoraConfig> = {
  tensorFile: peftTensorFile,
  marker: 'peft_type "LORA"',
  recognizes: (config) => config['peft_type'] === 'LORA',
  write: (given, { baseModel }) => {
    const adapter = plainLora(given);
    return {
      config: {
        ...peftBaseConfig('LORA', baseModel, adapter.model),
        ...neutralLoraOptions,
        ...optionsOf(adapter),
      },
      tensors: storedTensors(adapter),
    };
  },
  read: (files, model) => {
    const config = readConfig(files, model);
    return { config, ...readTensors(files, planLora(model, config), model) };
  },
};

function optionsOf({
  config,
  model,
}: Pick<Adapter<LoraConfig>, 'config' | 'model'>): Record<string, unknown> {
  const sites = targetSites(model, config);
  const names = sites.map((site) => site.name);
  return {
    alpha_pattern: sortedPattern(owner, config.alpha_pattern, names),
    bias: config.bias,
    ensure_weight_tying: config.ensure_weight_tying,
    exclude_modules: config.exclude_modules,
    fan_in_fan_out: sites.some((site) => site.kind === 'linear' && site.layout === 'in_out'),
    init_lora_weights: storedInit(config.init),
    layers_pattern: config.layers_pattern,
    layers_to_transform: config.layers_to_transform,
    lora_alpha: config.alpha,
    lora_bias: config.lora_bias,
    lora_dropout: pythonFloat(config.dropout),
    modules_to_save: config.modules_to_save,
    r: config.r,
    rank_pattern: sortedPattern(owner, config.rank_pattern, names),
    // PEFT stores what 'all-linear' came to, so that the adapter does not depend on the reader's idea of it.
    target_modules: config.targets === 'all-linear' ? names : config.targets,
    trainable_token_indices: config.trainable_token_indices,
    use_dora: config.use_dora,
    use_rslora: config.use_rslora,
  };
}

function readConfig(files: AdapterFiles, model: ModelSpec): LoraConfig {
  const { directory } = files;
  const options = readOptions<LoraConfig>(files, model, loraOptions, idleLoraOptions);
  const ranked = withInferredRank({ ...ofTrainingAlone, ...options }, files);
  const config = validate<LoraConfig>(loraConfigSchema, ranked, {
    package: owner,
    what: 'adapter configuration',
    file: `${directory}/adapter_config.json`,
  });
  if (!config.ensure_weight_tying) return config;
  refuseTiedTargets(directory, config, model);
  return { ...config, ensure_weight_tying: tiesTable(files, config, model) };
}

/** Settings that say how an adapter begins and learns, of which its files say nothing. */
const ofTrainingAlone = {
  eva_rho: 2,
  eva_tokens: 1024,
  learning_rate_ratio: 1,
  loftq_bits: 4,
  pissa_niter: null,
} satisfies Partial<LoraConfig>;

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

/** With `ensure_weight_tying` PEFT gives a tied head and its embedding one update, which is not read here. */
function refuseTiedTargets(directory: string, config: LoraConfig, model: ModelSpec): void {
  const shared = targetSites(model, config).find(({ weight }) => weight === model.head.weight);
  if (!model.tied || shared === undefined) return;
  throw new TunesmithError({
    package: owner,
    code: 'unsupported-option',
    message: `${directory}: option "ensure_weight_tying" is true, and the target "${shared.name}" shares its weight with ${shared.kind === 'embed' ? 'the head' : 'the embedding'}`,
    value: shared.name,
    accepted: 'an adapter of other modules, or one without "ensure_weight_tying"',
  });
}

/** PEFT's options that are honored. */
const loraOptions: StoredOptions<LoraConfig> = {
  ...storedTargetOptions,
  alpha_pattern: { name: 'alpha_pattern', read: orElse({}) },
  ensure_weight_tying: { name: 'ensure_weight_tying', read: orElse(false) },
  init_lora_weights: { name: 'init', read: readInit },
  lora_alpha: { name: 'alpha', read: orElse(8) },
  lora_bias: { name: 'lora_bias', read: orElse(false) },
  lora_dropout: { name: 'dropout', read: orElse(0) },
  r: { name: 'r', read: (value) => value },
  rank_pattern: { name: 'rank_pattern', read: orElse({}) },
  trainable_token_indices: {
    name: 'trainable_token_indices',
    read: (value) => (Array.isArray(value) && value.length === 0 ? null : (value ?? null)),
  },
  use_dora: { name: 'use_dora', read: orElse(false) },
  use_rslora: { name: 'use_rslora', read: orElse(false) },
};
