import type { HubNeeds } from '@tunesmith/models/node';
import { adapterConfigFile } from '@tunesmith/peft';
import { TunesmithError, type Files } from '@tunesmith/schema';
import { adaptersIn, holdsAdapters, listFile } from './adapter-folder.ts';
import { setupFile } from './adapter-stack.ts';

/** Files beside an adapter that belong to a model. */
const ofModel =
  /^(model.*\.safetensors.*|config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|chat_template|trainer_state)(\.json)?$/;

/**
 * What an adapter needs of a repository of the hub: its configuration and its tensors, of several all of theirs. Neither the
 * tokenizer that often lies beside, nor pickles.
 */
export const adapterNeeds: HubNeeds = {
  async choose(files, repository) {
    const isSeveral = files.includes(listFile) || files.includes(setupFile);
    const chosen = files.filter((path) => {
      const [name = '', ...folders] = path.split('/').toReversed();
      return (
        folders.length <= (isSeveral ? 1 : 0) &&
        /\.(json|safetensors)$/.test(name) &&
        !ofModel.test(name)
      );
    });
    const isThere = isSeveral || files.includes(adapterConfigFile);
    if (isThere && chosen.some((path) => path.endsWith('.safetensors')))
      return { files: chosen.toSorted((one, other) => rank(one) - rank(other)) };
    throw noAdapter(repository, files);
  },
  async isComplete(folder) {
    if (!(await holdsAdapters(folder))) return false;
    const places = await adaptersIn(folder);
    const held = await Promise.all(places.map(({ files }) => holdsTensors(files)));
    return held.every(Boolean);
  },
};

async function holdsTensors(folder: Files): Promise<boolean> {
  return (await folder.list()).some((name) => name.endsWith('.safetensors'));
}

/** Tensors come last: what was cut off before them is seen to be incomplete. */
function rank(path: string): number {
  return path.endsWith('.safetensors') ? 1 : 0;
}

function noAdapter(repository: string, files: readonly string[]): TunesmithError {
  const pickle = files.find((path) => /^(adapter_model|pytorch_adapter)\.bin$/.test(path));
  return new TunesmithError({
    package: 'tunesmith',
    code: pickle === undefined ? 'no-adapter' : 'pickled-weights',
    message:
      pickle === undefined
        ? `${repository} holds no adapter`
        : `${repository} holds ${pickle}, a pickle, as PyTorch writes it: reading one can run code that stands in it, so none is read`,
    value: repository,
    accepted: `a repository with ${adapterConfigFile} and safetensors`,
  });
}
