import { readFile } from 'node:fs/promises';
import { TunesmithError, type Recipe, type RunEvent } from '@tunesmith/schema';
import type { Measured } from '../train/measure.ts';
import type { RunDataReport } from '../train/run-data.ts';
import { readEvents } from './event-log.ts';
import { runFolder, type RunFolder } from './folder.ts';
import { parseRunRecipe } from './run-recipe.ts';

/** What stands in a run's `results.json`. */
export interface RunResults {
  /** The fingerprint of the model that training began with. */
  base?: string;
  before?: Measured;
  after?: Measured;
}

/** A run as its folder tells it. */
export interface RunRecord {
  folder: RunFolder;
  recipe: Recipe;
  /** The recipe as it was written, comments included. */
  recipeText: string;
  events: readonly RunEvent[];
  results: RunResults;
  data?: RunDataReport;
}

/**
 * Reads what a run left in its folder; parts that it has not written yet are absent.
 *
 * @throws TunesmithError `not-a-run` where there is no recipe in the folder, `invalid-file` for JSON that is damaged
 */
export async function readRun(directory: string): Promise<RunRecord> {
  const folder = runFolder(directory);
  const recipeText = await readFile(folder.recipe, 'utf8').catch((cause: unknown) => {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'not-a-run',
      message: `${directory} holds no run`,
      value: directory,
      accepted: 'a folder that "tunesmith train" wrote, with recipe.yaml in it',
      cause,
    });
  });
  const data = await readJson<RunDataReport>(folder.dataReport);
  return {
    folder,
    recipe: parseRunRecipe(recipeText, folder.recipe),
    recipeText,
    events: await readEvents(folder.events),
    results: await readResults(folder.results),
    ...(data ? { data } : {}),
  };
}

/**
 * What a run measured; nothing where it has not measured yet.
 *
 * @throws TunesmithError `invalid-file` for a file that is damaged
 */
export async function readResults(file: string): Promise<RunResults> {
  const results = (await readJson<unknown>(file)) ?? {};
  const phases = isObject(results) ? [results['before'], results['after']] : [null];
  if (phases.every((phase) => phase === undefined || isMeasured(phase)))
    return results as RunResults;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'invalid-file',
    message: `${file} holds no measurements of a run`,
    value: file,
    accepted: 'the file as the run wrote it; without it, a run that is resumed measures again',
  });
}

function isMeasured(phase: unknown): boolean {
  return (
    isObject(phase) &&
    Array.isArray(phase['answers']) &&
    isObject(phase['evaluation']) &&
    Array.isArray(phase['evaluation']['tasks'])
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function readJson<Value>(file: string): Promise<Value | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Value;
  } catch (cause) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'invalid-file',
      message: `${file} is not JSON: ${(cause as Error).message}`,
      value: file,
      accepted: 'the file as the run wrote it',
      cause,
    });
  }
}
