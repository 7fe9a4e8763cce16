import { fileURLToPath } from 'node:url';
import { TunesmithError, type Recipe } from '@tunesmith/schema';
import { moduleAddress } from '../plugins/packages.ts';
import { locate, locateModel } from '../recipe/locate.ts';
import { runFolder } from '../run/folder.ts';
import { tunedModel } from '../run/tuned-model.ts';

/** The recipe with every path made absolute, so that its copy in the run's folder means the same. */
export async function withPlaces(recipe: Recipe, directory: string): Promise<Recipe> {
  const data: Recipe['data'] = [];
  for (const entry of recipe.data) {
    data.push(
      'path' in entry
        ? { ...entry, path: await locate(entry.path, directory, 'the data file') }
        : entry,
    );
  }
  const plugins: string[] = [];
  for (const name of recipe.plugins) {
    const address = await moduleAddress(name, directory);
    plugins.push(address === undefined ? name : fileURLToPath(address));
  }
  return {
    ...recipe,
    model: { ...recipe.model, from: await modelFolder(recipe.model.from, directory) },
    plugins,
    data,
    output: runFolder(recipe.output).directory,
    ...(recipe.adapter
      ? {
          adapter: {
            ...recipe.adapter,
            from: await locate(recipe.adapter.from, directory, 'the adapter'),
          },
        }
      : {}),
  };
}

/**
 * The folder of the model to train: of a run, the whole model that it left. An adapter is no part of a model, and leaving it
 * out in silence would train another model than the one named.
 *
 * @throws TunesmithError `model-has-adapter`
 */
async function modelFolder(model: string, directory: string): Promise<string> {
  const folder = await locateModel(model, directory);
  const tuned = await tunedModel(folder);
  if (!tuned) return folder;
  if (tuned.adapter === undefined) return tuned.model;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'model-has-adapter',
    message: `model "${model}" is the folder of a run that trained an adapter`,
    value: model,
    accepted: `adapter.from: ${tuned.adapter} to go on with that adapter, or the model that "tunesmith merge ${model} --out FOLDER" writes`,
  });
}
