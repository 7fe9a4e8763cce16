import { fileURLToPath } from 'node:url';
import {
  isSeveral,
  TunesmithError,
  type OneOrSeveral,
  type Recipe,
  type RecipeInput,
  type StageRecipe,
} from '@tunesmith/schema';
import { moduleAddress } from '../plugins/packages.ts';
import { locate, locateModel } from '../recipe/locate.ts';
import { isReference } from '../stages/reference.ts';
import { runFolder } from '../run/folder.ts';
import { tunedModel } from '../run/tuned-model.ts';

/** The recipe with every path made absolute, so that its copy in the run's folder means the same. */
export async function withPlaces(recipe: Recipe, directory: string): Promise<Recipe> {
  return {
    ...recipe,
    ...(await placesOf(recipe, directory)),
    output: runFolder(recipe.output).directory,
  } as Recipe;
}

/** A staged recipe as written with every path in it made absolute; references to what stages leave stay as they are. */
export async function withStagePlaces(
  recipe: RecipeInput,
  directory: string,
): Promise<RecipeInput> {
  const stages: StageRecipe[] = [];
  for (const stage of recipe.stages ?? [])
    stages.push({ ...stage, ...(await placesOf(stage, directory)) });
  return { ...recipe, ...(await placesOf(recipe, directory)), stages };
}

/** The parts of a recipe that hold paths, those that are there. */
type Places = Pick<
  StageRecipe,
  'model' | 'data' | 'plugins' | 'adapter' | 'artifacts' | 'runs' | 'except'
>;

async function placesOf(parts: Places, directory: string): Promise<Places> {
  const { model, data, plugins, adapter, artifacts, runs, except } = parts;
  const one = async (path: string, what: string): Promise<string> =>
    isReference(path) ? path : locate(path, directory, what);
  const folder = async (from: string): Promise<string> =>
    isReference(from) ? from : modelFolder(from, directory);
  return {
    ...(model === undefined
      ? {}
      : {
          model:
            typeof model === 'string'
              ? await folder(model)
              : { ...model, from: await folder(model.from) },
        }),
    ...(data === undefined
      ? {}
      : {
          data: await eachOf(data, async (entry) =>
            'path' in entry && entry.path !== undefined
              ? { ...entry, path: await one(entry.path, 'the data file') }
              : entry,
          ),
        }),
    ...(plugins === undefined
      ? {}
      : { plugins: await eachOf(plugins, (name) => pluginPlace(name, directory)) }),
    ...(runs === undefined ? {} : { runs: await ofEach(runs, (path) => one(path, 'the run')) }),
    ...(except === undefined
      ? {}
      : { except: await ofEach(except, (path) => one(path, 'the run')) }),
    ...(adapter === undefined
      ? {}
      : {
          adapter: await ofEach(adapter, async (named) => ({
            ...named,
            from: await one(named.from, 'the adapter'),
          })),
        }),
    ...(artifacts === undefined
      ? {}
      : {
          artifacts: Object.fromEntries(
            await eachOf(Object.entries(artifacts), async ([name, paths]) => {
              const what = `the artifact "${name}"`;
              return [name, await ofEach(paths, (path) => one(path, what))] as const;
            }),
          ),
        }),
  };
}

/** One or several, each changed. */
async function ofEach<From, To>(
  given: OneOrSeveral<From>,
  change: (item: From) => Promise<To>,
): Promise<OneOrSeveral<To>> {
  return isSeveral(given) ? eachOf(given, change) : change(given);
}

async function eachOf<From, To>(
  items: readonly From[],
  change: (item: From) => Promise<To>,
): Promise<To[]> {
  const changed: To[] = [];
  for (const item of items) changed.push(await change(item));
  return changed;
}

/** A plugin by its address, or by the name under which it is built in or installed. */
async function pluginPlace(name: string, directory: string): Promise<string> {
  const address = await moduleAddress(name, directory);
  return address === undefined ? name : fileURLToPath(address);
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
