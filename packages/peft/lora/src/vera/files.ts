import { validate } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import { peftBaseConfig, peftPrefix, peftTensorFile, pythonFloat } from '@tunesmith/peft';
import type { AdapterFiles, AdapterFormat } from '@tunesmith/peft';
import { orElse, readOptions, storedTargetOptions, type StoredOptions } from '../stored-options.ts';
import { readTensors, storedTensors, type KeyOf } from '../stored-tensors.ts';
import { linearTargets } from '../targets.ts';
import { veraConfigSchema, type VeraConfig } from './config.ts';
import { planVera } from './plan.ts';
import { projectionNames } from './projections.ts';

/** The projections belong to no module of the model. */
const keyOf: KeyOf = (name) =>
  name === projectionNames.a || name === projectionNames.b
    ? `base_model.${name}`
    : peftPrefix + name;

/** VeRA in the files of Hugging Face PEFT: `peft_type` `VERA`, two vectors of each target, and the projections unless left out. */
export const veraFiles: AdapterFormat<VeraConfig> = {
  tensorFile: peftTensorFile,
  marker: 'peft_type "VERA"',
  recognizes: (config) => config['peft_type'] === 'VERA',
  write: (adapter, { baseModel }) => {
    const { config, model } = adapter;
    const sites = linearTargets(model, config);
    return {
      config: {
        ...peftBaseConfig('VERA', baseModel, model),
        bias: config.bias,
        d_initial: pythonFloat(config.d_initial),
        fan_in_fan_out: sites.some(({ layout }) => layout === 'in_out'),
        init_weights: true,
        layers_pattern: config.layers_pattern,
        layers_to_transform: config.layers_to_transform,
        modules_to_save: config.modules_to_save,
        projection_prng_key: config.projection_prng_key,
        r: config.r,
        save_projection: config.save_projection,
        // PEFT's VeRA leaves nothing out: what is left is named in full.
        target_modules:
          config.targets === 'all-linear' || config.exclude_modules !== null
            ? sites.map(({ name }) => name)
            : config.targets,
        vera_dropout: pythonFloat(config.dropout),
      },
      tensors: storedTensors(adapter, keyOf),
    };
  },
  read: (files, model) => {
    const config = readConfig(files, model);
    return { config, ...readTensors(files, planVera(model, config), model, keyOf) };
  },
};

function readConfig(files: AdapterFiles, model: ModelSpec): VeraConfig {
  const options = readOptions<VeraConfig>(files, model, veraOptions, [
    'fan_in_fan_out',
    'init_weights',
  ]);
  // Stored projections are the ones that were trained with, whatever the option says.
  const isSaved = options['save_projection'] === true || keyOf(projectionNames.a) in files.tensors;
  return validate<VeraConfig>(
    veraConfigSchema,
    { ...options, save_projection: isSaved },
    {
      package: '@tunesmith/lora',
      what: 'adapter configuration',
      file: `${files.directory}/adapter_config.json`,
    },
  );
}

const veraOptions: StoredOptions<VeraConfig> = {
  ...storedTargetOptions,
  d_initial: { name: 'd_initial', read: orElse(0.1) },
  projection_prng_key: { name: 'projection_prng_key', read: orElse(0) },
  r: { name: 'r', read: orElse(256) },
  save_projection: { name: 'save_projection', read: orElse(true) },
  vera_dropout: { name: 'dropout', read: orElse(0) },
};
