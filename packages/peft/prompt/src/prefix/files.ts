import { validate } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import { matchTensors, peftTensorFile, presentModules, savedModules } from '@tunesmith/peft';
import type { AdapterFiles, AdapterFormat } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import { hostAlgebra } from '../algebra.ts';
import { readNetwork } from '../network.ts';
import {
  copiesByKey,
  expectedCopies,
  hasTwoSubmodules,
  peftPromptConfig,
  promptTensor,
  refuseUnknownPromptOptions,
} from '../peft-prompt.ts';
import { prefixConfigSchema } from './config.ts';
import type { PrefixConfig } from './config.ts';
import { keyWidth, plannedPrefix, prefixedSites, prefixOf } from './network.ts';

const owner = '@tunesmith/prompt';

/**
 * Prefixes in the files of Hugging Face PEFT: `peft_type` `PREFIX_TUNING`, one tensor `prompt_embeddings`
 * `[virtual tokens, layers · 2 · width]` with the key, then the value of each layer ({@link rowOfLayer} in an encoder-decoder); a
 * network that gives it lies beside it.
 */
export const prefixFiles: AdapterFormat<PrefixConfig> = {
  tensorFile: peftTensorFile,
  keepsTraining: true,
  marker: 'peft_type "PREFIX_TUNING"',
  recognizes: (config) => config['peft_type'] === 'PREFIX_TUNING',
  write: ({ config, model, plan, parameters }, { baseModel }) => {
    const network = Object.fromEntries(plan.tensors.map(({ name }) => [name, parameters[name]!]));
    const sites = prefixedSites(model);
    const width = keyWidth(sites[0]!);
    const isPair = model.kind === 'encoder-decoder';
    const prefix = outcome(config, network);
    return {
      config: {
        ...peftPromptConfig({
          peftType: 'PREFIX_TUNING',
          baseModel,
          model,
          virtualTokens: config.virtual_tokens,
          modulesToSave: config.modules_to_save,
          sizes: {
            heads: sites[0]!.kvHeads,
            layers: isPair ? storedLayers(sites.length) : sites.length,
            width,
          },
        }),
        ...(isPair ? { num_transformer_submodules: 2 } : {}),
        encoder_hidden_size: config.hidden_size ?? width,
        init_weights: config.init === 'zero' ? 'zero' : null,
        prefix_projection: config.projection,
      },
      tensors: {
        [promptTensor]: isPair ? laidOut(prefix, width) : prefix,
        ...copiesByKey(plan.base, parameters),
      },
      ...(config.projection ? { training: network } : {}),
    };
  },
  read: (given, model) => {
    const stored = readConfig(given, model);
    const files = withOwnLayers(given, model);
    const { base } = savedModules(owner, model, stored.modules_to_save);
    const sites = prefixedSites(model);
    const shape = [stored.virtual_tokens, 2 * sites.length * keyWidth(sites[0]!)];
    const expected = [
      { name: promptTensor, key: promptTensor, shape },
      ...expectedCopies(base, model),
    ];
    const { [promptTensor]: prefix, ...copies } = matchTensors({ package: owner, files, expected });
    const network = readNetwork(files, plannedPrefix(model, stored), (tensors) =>
      outcome(stored, tensors),
    );
    return network
      ? { config: stored, parameters: { ...network, ...copies } }
      : {
          config: { ...stored, projection: false, hidden_size: null },
          parameters: { [promptTensor]: prefix!, ...copies },
        };
  },
};

function outcome(config: PrefixConfig, tensors: Readonly<Record<string, HostTensor>>): HostTensor {
  return prefixOf(hostAlgebra, config, (name) => tensors[name]!);
}

/**
 * Where PEFT keeps the key of a layer in an encoder-decoder, counted in rows of the keys' width; the value comes after it. It
 * lays a prefix out twice, one copy after the other, and hands four rows to each layer, of which the decoder's own attention
 * reads the first two.
 *
 * @param layers how many the file counts; where that is even, layers share rows
 */
function rowOfLayer(layer: number, layers: number): number {
  return (4 * layer) % (2 * layers);
}

/** The least number of layers that gives each of the decoder's rows of its own. */
function storedLayers(layers: number): number {
  return layers % 2 === 1 ? layers : layers + 1;
}

/** The prefix as a file of an encoder-decoder holds it; rows that nothing reads are zeros. */
function laidOut(prefix: HostTensor, width: number): HostTensor {
  const layers = prefix.shape[1]! / (2 * width);
  const stored = storedLayers(layers);
  return moveRows(prefix, width, 2 * stored, (layer) => ({
    from: 2 * layer,
    to: rowOfLayer(layer, stored),
  }));
}

/** The files with a key and a value for each layer of the decoder in order. */
function withOwnLayers(files: AdapterFiles, model: ModelSpec): AdapterFiles {
  const stored = files.tensors[promptTensor];
  if (!stored || !hasTwoSubmodules(files.config)) return files;
  const sites = prefixedSites(model);
  const width = keyWidth(sites[0]!);
  const layers = (stored.shape[1] ?? 0) / (2 * width);
  if (!Number.isInteger(layers) || layers < sites.length) return files;
  const own = moveRows(stored, width, 2 * sites.length, (layer) => ({
    from: rowOfLayer(layer, layers),
    to: 2 * layer,
  }));
  return { ...files, tensors: { ...files.tensors, [promptTensor]: own } };
}

/** Each token's rows of a width, key and value of a layer together, in other places of a tensor of `rows` rows. */
function moveRows(
  { shape, data }: HostTensor,
  width: number,
  rows: number,
  place: (layer: number) => { readonly from: number; readonly to: number },
): HostTensor {
  const [count = 0, columns = 0] = shape;
  const layers = Math.floor(Math.min(columns / width, rows) / 2);
  const moved = new Float32Array(count * rows * width);
  for (let token = 0; token < count; token += 1)
    for (let layer = 0; layer < layers; layer += 1) {
      const { from, to } = place(layer);
      const begin = token * columns + from * width;
      moved.set(
        (data as Float32Array).subarray(begin, begin + 2 * width),
        (token * rows + to) * width,
      );
    }
  return { shape: [count, rows * width], dtype: 'float32', data: moved };
}

function readConfig(files: AdapterFiles, model: ModelSpec): PrefixConfig {
  const { config: json, directory, tensors } = files;
  refuseUnknownPromptOptions(files, model, [
    'encoder_hidden_size',
    'init_weights',
    'prefix_projection',
  ]);
  const zero = json['init_weights'] ?? null;
  const value = {
    virtual_tokens: json['num_virtual_tokens'] ?? tensors[promptTensor]?.shape[0],
    projection: json['prefix_projection'] ?? false,
    hidden_size: json['prefix_projection'] === true ? (json['encoder_hidden_size'] ?? null) : null,
    init: zero === null ? 'random' : zero,
    modules_to_save: presentModules(json['modules_to_save'], model),
  };
  return validate<PrefixConfig>(prefixConfigSchema, value, {
    package: owner,
    what: 'adapter configuration',
    file: `${directory}/adapter_config.json`,
  });
}
