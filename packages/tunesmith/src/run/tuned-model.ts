import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { LabelHeadOptions } from '@tunesmith/models';
import type { Recipe, StageRecipe } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { stageFolder } from '../stages/reference.ts';
import { labelHeadOf } from '../train/labels.ts';
import type { CodedName } from '../train/precision.ts';
import { holdsAdapters } from './adapter-folder.ts';
import { exists } from './exists.ts';
import { runFolder, type RunFolder } from './folder.ts';
import { parseRunRecipe } from './run-recipe.ts';

/** A precision other than float32 that a run trained in, and what it left to compute as it did. */
export type TrainedIn =
  | {
      readonly name: 'int8';
      /** The run's folder, with the factors that inputs were multiplied by. */
      readonly run: string;
      /** Whether the head computed in integers too. */
      readonly head: boolean;
    }
  | { readonly name: CodedName };

/** What a run left to use: a model, the adapter on top of it, and the plugins they need. */
export interface TunedModel {
  model: string;
  /** The folder of one adapter, or of several; absent after full fine-tuning, and where nothing was trained. */
  adapter?: string;
  /** The precision of the run, if it was not float32. */
  precision?: TrainedIn;
  /** The head for labels that the run gave the model. */
  labels?: LabelHeadOptions;
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
  if (!isModel && !(await holdsAdapters(nodeFiles(folder.adapter)))) return undefined;
  const recipe: Pick<Recipe, 'model'> & Partial<Recipe> = parseRunRecipe(text, folder.recipe);
  const { model, plugins: pluginNames = [], seed = 0 } = recipe;
  const labels = labelHeadOf({ model, seed });
  return isModel
    ? { model: folder.model, pluginNames }
    : {
        model: model.from,
        adapter: folder.adapter,
        pluginNames,
        ...precisionOf(model, folder),
        ...(labels ? { labels } : {}),
      };
}

function precisionOf(
  { precision: name, head_precision }: Recipe['model'],
  { directory: run }: RunFolder,
): Pick<TunedModel, 'precision'> {
  if (name === 'int8') return { precision: { name, run, head: head_precision === 'int8' } };
  return name === 'int16' || name === 'nf4' ? { precision: { name } } : {};
}

/** The folder of the run that an adapter in it, alone or one of several, would be part of. */
export function runAround(adapter: string): string {
  const outer = dirname(adapter);
  return basename(outer) === 'adapter' ? dirname(outer) : outer;
}

/** The precision of the run that an adapter is part of; undefined where that is float32, or where there is no such run. */
export async function precisionBeside(adapter: string): Promise<TrainedIn | undefined> {
  const folder = runFolder(runAround(adapter));
  if (![adapter, dirname(adapter)].includes(folder.adapter)) return undefined;
  if (!(await exists(folder.events))) return undefined;
  const text = await readFile(folder.recipe, 'utf8').catch(() => undefined);
  return text === undefined
    ? undefined
    : precisionOf(parseRunRecipe(text, folder.recipe).model, folder).precision;
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
