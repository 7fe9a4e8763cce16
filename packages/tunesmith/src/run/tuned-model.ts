import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Recipe } from '@tunesmith/schema';
import { exists } from './exists.ts';
import { runFolder } from './folder.ts';
import { parseRunRecipe } from './run-recipe.ts';

/** What a run left to use: a model, the adapter on top of it, and the plugins they need. */
export interface TunedModel {
  model: string;
  /** Absent after full fine-tuning, and where nothing was trained. */
  adapter?: string;
  /** The file of the factors that inputs were multiplied by, where the run was in int8. */
  smoothing?: string;
  pluginNames: readonly string[];
}

/**
 * What the run in a folder tuned: its base model with the adapter, or the model that full fine-tuning left. Undefined
 * where the folder holds no run, or one that has not come to its end.
 *
 * @throws TunesmithError `invalid-file` where the run's recipe is damaged
 */
export async function tunedModel(directory: string): Promise<TunedModel | undefined> {
  const folder = runFolder(directory);
  const text = await readFile(folder.recipe, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const isModel = await exists(join(folder.model, 'config.json'));
  if (!isModel && !(await exists(folder.adapter))) return undefined;
  const { model, plugins: pluginNames = [] }: Pick<Recipe, 'model'> & Partial<Recipe> =
    parseRunRecipe(text, folder.recipe);
  return isModel
    ? { model: folder.model, pluginNames }
    : {
        model: model.from,
        adapter: folder.adapter,
        pluginNames,
        ...(model.precision === 'int8' ? { smoothing: folder.smoothing } : {}),
      };
}

/** The factors of the run in int8 that an adapter is part of; undefined where there is no such run. */
export async function smoothingBeside(adapter: string): Promise<string | undefined> {
  const { smoothing } = runFolder(dirname(adapter));
  return (await exists(smoothing)) ? smoothing : undefined;
}
