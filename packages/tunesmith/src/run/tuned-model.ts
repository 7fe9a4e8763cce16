import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Recipe, StageRecipe } from '@tunesmith/schema';
import { stageFolder } from '../stages/reference.ts';
import { exists } from './exists.ts';
import { runFolder, type RunFolder } from './folder.ts';
import { parseRunRecipe } from './run-recipe.ts';

/** What a run in int8 left to compute as it did. */
export interface Int8Traces {
  /** The file of the factors that inputs were multiplied by. */
  readonly smoothing: string;
  /** Whether the head computed in integers too. */
  readonly head: boolean;
}

/** What a run left to use: a model, the adapter on top of it, and the plugins they need. */
export interface TunedModel {
  model: string;
  /** Absent after full fine-tuning, and where nothing was trained. */
  adapter?: string;
  /** Where the run was in int8. */
  int8?: Int8Traces;
  pluginNames: readonly string[];
}

/**
 * What the run in a folder tuned: its base model with the adapter, or the model that full fine-tuning left. Undefined
 * where the folder holds no run, or one that has not come to its end. A staged run stands for what the last stage left that left
 * something.
 *
 * @throws TunesmithError `invalid-file` where the run's recipe is damaged
 */
export async function tunedModel(directory: string): Promise<TunedModel | undefined> {
  const folder = runFolder(directory);
  const text = await readFile(folder.recipe, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { stages } = parseRunRecipe(text, folder.recipe);
  if (stages) return lastOf(directory, stages);
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
        ...(model.precision === 'int8' ? { int8: tracesOf(folder, model) } : {}),
      };
}

/** What the run in int8 left that an adapter is part of; undefined where there is no such run. */
export async function int8Beside(adapter: string): Promise<Int8Traces | undefined> {
  const folder = runFolder(dirname(adapter));
  if (!(await exists(folder.smoothing))) return undefined;
  const text = await readFile(folder.recipe, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  return tracesOf(folder, parseRunRecipe(text, folder.recipe).model);
}

function tracesOf({ smoothing }: RunFolder, { head_precision }: Recipe['model']): Int8Traces {
  return { smoothing, head: head_precision === 'int8' };
}

async function lastOf(
  directory: string,
  stages: readonly StageRecipe[],
): Promise<TunedModel | undefined> {
  for (const { name } of stages.toReversed()) {
    const found = await tunedModel(stageFolder(directory, name));
    if (found) return found;
  }
  return undefined;
}
