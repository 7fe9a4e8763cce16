import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe } from '@tunesmith/schema';
import { exists } from './exists.ts';
import { runFolder } from './folder.ts';
import { parseRunRecipe } from './run-recipe.ts';

/** What a run left to use: a model, the adapter on top of it, and the plugins they need. */
export interface TunedModel {
  model: string;
  /** Absent after full fine-tuning, and where nothing was trained. */
  adapter?: string;
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
    : { model: model.from, adapter: folder.adapter, pluginNames };
}
