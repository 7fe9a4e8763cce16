import { TunesmithError, validate } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import {
  baseShape,
  matchesName,
  matchTensors,
  peftBaseConfig,
  peftPrefix,
  peftTensorFile,
  presentModules,
  refuseUnknownOptions,
} from '@tunesmith/peft';
import type { AdapterFiles, AdapterFormat, ExpectedTensor, Plan } from '@tunesmith/peft';
import { layerNormConfigSchema } from './config.ts';
import type { LayerNormConfig } from './config.ts';
import { planLayerNorm, targetNorms, tensorsOf } from './plan.ts';

const owner = '@tunesmith/bitfit';

/** Tuned norms in the files of Hugging Face PEFT: `peft_type` `LN_TUNING`, tensors `<norm>.ln_tuning_layers.weight` and `.bias`. */
export const layerNormFiles: AdapterFormat<LayerNormConfig> = {
  tensorFile: peftTensorFile,
  marker: 'peft_type "LN_TUNING"',
  recognizes: (config) => config['peft_type'] === 'LN_TUNING',
  write: ({ config, plan, model, parameters }, { baseModel }) => ({
    config: {
      ...peftBaseConfig('LN_TUNING', baseModel, model),
      exclude_modules: config.exclude_modules,
      modules_to_save: config.modules_to_save,
      // The names are written out, so that the adapter does not depend on the reader's idea of them.
      target_modules: config.targets ?? targetNorms(model, config).map(({ name }) => name),
    },
    tensors: Object.fromEntries(
      expectedTensors(plan, config, model).map(({ name, key }) => [key, parameters[name]!]),
    ),
  }),
  read: (files, model) => {
    const config = readConfig(files, model);
    const expected = expectedTensors(planLayerNorm(model, config), config, model);
    return {
      config,
      parameters: matchTensors({ package: owner, files, expected, prefix: peftPrefix }),
    };
  },
};

function expectedTensors(
  { base }: Plan,
  config: LayerNormConfig,
  model: ModelSpec,
): ExpectedTensor[] {
  const wrapped = new Map(
    targetNorms(model, config).flatMap((norm) =>
      tensorsOf(norm).map((tensor) => [
        tensor,
        `${norm.name}.ln_tuning_layers${tensor.slice(norm.name.length)}`,
      ]),
    ),
  );
  return base.map((name) => ({
    name,
    key: peftPrefix + (wrapped.get(name) ?? name),
    shape: baseShape(model, name) ?? [],
  }));
}

/** The norms that Hugging Face PEFT trains when a file names none, by model type. */
const usualNorms: Readonly<Record<string, readonly string[]>> = {
  ...forModelTypes('llama mistral gemma', 'input_layernorm post_attention_layernorm norm'),
  ...forModelTypes('bloom falcon', 'input_layernorm post_attention_layernorm ln_f'),
  ...forModelTypes('t5 mt5', 'layer_norm final_layer_norm'),
  ...forModelTypes('bart', 'self_attn_layer_norm encoder_attn_layer_norm final_layer_norm'),
  ...forModelTypes('gpt2', 'ln_1 ln_2 ln_f'),
  ...forModelTypes('phi', 'input_layernorm final_layernorm'),
  ...forModelTypes(
    'gemma2 gemma3_text',
    'input_layernorm post_attention_layernorm pre_feedforward_layernorm post_feedforward_layernorm norm',
  ),
  ...forModelTypes('qwen2 qwen3', 'post_attention_layernorm'),
};

function forModelTypes(types: string, norms: string): Record<string, readonly string[]> {
  return Object.fromEntries(types.split(' ').map((type) => [type, norms.split(' ')]));
}

function readConfig({ config: json, directory }: AdapterFiles, model: ModelSpec): LayerNormConfig {
  refuseUnknownOptions({
    package: owner,
    directory,
    config: json,
    known: ['exclude_modules', 'modules_to_save', 'target_modules'],
  });
  const value = {
    targets: readTargets(json['target_modules'], model),
    exclude_modules: json['exclude_modules'] ?? null,
    modules_to_save: presentModules(json['modules_to_save'], model),
  };
  return validate<LayerNormConfig>(layerNormConfigSchema, value, {
    package: owner,
    what: 'adapter configuration',
    file: `${directory}/adapter_config.json`,
  });
}

/** Names of other architectures in a list are left out; where none is left all stay, to be refused. */
function readTargets(value: unknown, model: ModelSpec): unknown {
  const named = value ?? usualNorms[model.modelType];
  if (named === undefined)
    throw new TunesmithError({
      package: owner,
      code: 'no-default-targets',
      message: `the file names no norm, and PEFT has no usual ones for model type "${model.modelType}"`,
      value: model.modelType,
      accepted: 'names of norms under "target_modules"',
    });
  if (!Array.isArray(named)) return named;
  const present = named.filter(
    (target) =>
      typeof target === 'string' &&
      model.sites.some((site) => matchesName(owner, site.name, [target])),
  );
  return present.length > 0 ? present : named;
}
