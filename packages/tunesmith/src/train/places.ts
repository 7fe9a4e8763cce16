import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  isSeveral,
  TunesmithError,
  type OneOrSeveral,
  type Recipe,
  type RecipeInput,
  type StageRecipe,
} from '@tunesmith/schema';
import { parse } from 'yaml';
import { moduleAddress } from '../plugins/packages.ts';
import { pinData } from '../recipe/locate-data.ts';
import { locate, locateAdapter, pinModel, type Reach } from '../recipe/locate.ts';
import { isReference } from '../stages/reference.ts';
import { runFolder } from '../run/folder.ts';
import { tunedModel } from '../run/tuned-model.ts';

/** Where paths of a recipe start, and what is known of models. */
export interface Places extends Pick<Reach, 'onWork' | 'onWarning'> {
  readonly directory: string;
  /** Names of models that the run recorded before, where it is gone on with. */
  readonly earlier?: readonly string[];
}

/**
 * The recipe with every path made absolute and every name of the hub with its commit, so that its copy in the run's folder means the
 * same. Models of the hub are not downloaded yet.
 */
export async function withPlaces(recipe: Recipe, where: Places): Promise<Recipe> {
  return {
    ...recipe,
    ...(await placesOf(recipe, where)),
    output: runFolder(recipe.output).directory,
  } as Recipe;
}

/** A staged recipe as written with every path in it made absolute; references to what stages leave stay as they are. */
export async function withStagePlaces(recipe: RecipeInput, where: Places): Promise<RecipeInput> {
  const stages: StageRecipe[] = [];
  for (const stage of recipe.stages ?? [])
    stages.push({ ...stage, ...(await placesOf(stage, where)) });
  return { ...recipe, ...(await placesOf(recipe, where)), stages };
}

/** The parts of a recipe that hold paths, those that are there. */
type Parts = Pick<
  StageRecipe,
  'model' | 'data' | 'plugins' | 'adapter' | 'artifacts' | 'runs' | 'except' | 'preparation'
>;

async function placesOf(parts: Parts, where: Places): Promise<Parts> {
  const { directory } = where;
  const { model, data, plugins, adapter, artifacts, runs, except, preparation } = parts;
  const one = async (path: string, what: string): Promise<string> =>
    isReference(path) ? path : locate(path, directory, what);
  const rows = async (path: string): Promise<string> =>
    isReference(path) ? path : pinData(path, directory, where);
  const folder = async (from: string): Promise<string> =>
    isReference(from) ? from : modelPlace(from, where);
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
              ? { ...entry, path: await rows(entry.path) }
              : entry,
          ),
        }),
    ...(plugins === undefined
      ? {}
      : { plugins: await eachOf(plugins, (name) => pluginPlace(name, directory)) }),
    ...(preparation?.cache === undefined
      ? {}
      : { preparation: { ...preparation, cache: resolve(directory, preparation.cache) } }),
    ...(runs === undefined ? {} : { runs: await ofEach(runs, (path) => one(path, 'the run')) }),
    ...(except === undefined
      ? {}
      : { except: await ofEach(except, (path) => one(path, 'the run')) }),
    ...(adapter === undefined
      ? {}
      : {
          adapter: await ofEach(adapter, async (named) => ({
            ...named,
            from: isReference(named.from)
              ? named.from
              : await locateAdapter(named.from, directory, where),
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
 * The folder of the model to train, or its name on the hub: of a run, the whole model that it left. An adapter is no part of a model, and leaving it
 * out in silence would train another model than the one named.
 *
 * @throws TunesmithError `model-has-adapter`
 */
async function modelPlace(model: string, where: Places): Promise<string> {
  const { directory, earlier } = where;
  const folder = await pinModel(model, directory, where, earlier);
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

/** The models that the recipe of an earlier part of a run names, in it and in its stages; none where there is no such recipe. */
export async function modelsRecorded(output: string): Promise<string[]> {
  const text = await readFile(runFolder(output).recipe, 'utf8').catch(() => '');
  // What is wrong with it is said where the run is read.
  const { model, stages = [] } = (parsed(text) ?? {}) as Pick<RecipeInput, 'model' | 'stages'>;
  return [model, ...stages.map((stage) => stage.model)].flatMap((one) => {
    const from = typeof one === 'object' ? one.from : one;
    return from === undefined ? [] : [from];
  });
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
