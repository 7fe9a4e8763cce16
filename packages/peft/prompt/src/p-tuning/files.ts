import { validate } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import {
  matchTensors,
  peftTensorFile,
  presentModules,
  pythonFloat,
  savedModules,
} from '@tunesmith/peft';
import type { AdapterFiles, AdapterFormat } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import { hostAlgebra } from '../algebra.ts';
import { readNetwork } from '../network.ts';
import {
  copiesByKey,
  expectedCopies,
  peftPromptConfig,
  promptTensor,
  readVirtualTokens,
  refuseUnknownPromptOptions,
  withoutIdleRows,
} from '../peft-prompt.ts';
import { pTuningConfigSchema } from './config.ts';
import type { PTuningConfig } from './config.ts';
import { encodePrompt, hiddenSize, plannedEncoder } from './encoder.ts';

const owner = '@tunesmith/prompt';

/**
 * P-tuning in the files of Hugging Face PEFT: `peft_type` `P_TUNING`, one tensor `prompt_embeddings`, which is what the network
 * gives; the network lies beside it.
 */
export const pTuningFiles: AdapterFormat<PTuningConfig> = {
  tensorFile: peftTensorFile,
  keepsTraining: true,
  marker: 'peft_type "P_TUNING"',
  recognizes: (config) => config['peft_type'] === 'P_TUNING',
  write: ({ config, model, plan, parameters }, { baseModel }) => {
    const network = Object.fromEntries(plan.tensors.map(({ name }) => [name, parameters[name]!]));
    return {
      config: {
        ...peftPromptConfig({
          peftType: 'P_TUNING',
          baseModel,
          model,
          virtualTokens: config.virtual_tokens,
          modulesToSave: config.modules_to_save,
        }),
        encoder_dropout: pythonFloat(config.dropout),
        encoder_hidden_size: hiddenSize(model, config),
        encoder_num_layers: config.layers,
        encoder_reparameterization_type: config.encoder === 'lstm' ? 'LSTM' : 'MLP',
      },
      tensors: {
        [promptTensor]: outcome(model, config, network),
        ...copiesByKey(plan.base, parameters),
      },
      ...(config.encoder === 'none' ? {} : { training: network }),
    };
  },
  read: (given, model) => {
    const stored = readConfig(given, model);
    const files = withoutIdleRows(given, stored.virtual_tokens);
    const { base } = savedModules(owner, model, stored.modules_to_save);
    const expected = [
      { name: promptTensor, key: promptTensor, shape: [stored.virtual_tokens, model.width] },
      ...expectedCopies(base, model),
    ];
    const { [promptTensor]: rows, ...copies } = matchTensors({ package: owner, files, expected });
    const network = readNetwork(files, plannedEncoder(model, stored), (tensors) =>
      outcome(model, stored, tensors),
    );
    return network
      ? { config: stored, parameters: { ...network, ...copies } }
      : {
          config: { ...stored, encoder: 'none' },
          parameters: { [promptTensor]: rows!, ...copies },
        };
  },
};

function outcome(
  model: ModelSpec,
  config: PTuningConfig,
  tensors: Readonly<Record<string, HostTensor>>,
): HostTensor {
  return encodePrompt(hostAlgebra, config, (name) => tensors[name]!, hiddenSize(model, config));
}

function readConfig(files: AdapterFiles, model: ModelSpec): PTuningConfig {
  const { config: json, directory } = files;
  refuseUnknownPromptOptions(files, model, [
    'encoder_dropout',
    'encoder_hidden_size',
    'encoder_num_layers',
    'encoder_reparameterization_type',
  ]);
  const type = json['encoder_reparameterization_type'] ?? 'MLP';
  const value = {
    virtual_tokens: readVirtualTokens(files),
    encoder: type === 'MLP' ? 'mlp' : type === 'LSTM' ? 'lstm' : type,
    hidden_size: json['encoder_hidden_size'] ?? null,
    layers: json['encoder_num_layers'] ?? 2,
    dropout: json['encoder_dropout'] ?? 0,
    modules_to_save: presentModules(json['modules_to_save'], model),
  };
  return validate<PTuningConfig>(pTuningConfigSchema, value, {
    package: owner,
    what: 'adapter configuration',
    file: `${directory}/adapter_config.json`,
  });
}
