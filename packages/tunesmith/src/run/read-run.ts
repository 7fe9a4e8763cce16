import {
  readText,
  TunesmithError,
  type Files,
  type Recipe,
  type RunEvent,
} from '@tunesmith/schema';
import type { Measured } from '../train/measure.ts';
import type { RunDataReport } from '../train/run-data.ts';
import { eventsIn, eventsName } from './events.ts';
import { parseRunRecipe } from './run-recipe.ts';

/** Names of files in a run's folder. */
export const runFiles = {
  recipe: 'recipe.yaml',
  dataReport: 'data-report.json',
  dropped: 'dropped.jsonl',
  quarantine: 'quarantine.jsonl',
  results: 'results.json',
  report: 'report.html',
} as const;

/** What stands in a run's `results.json`. */
export interface RunResults {
  /** The fingerprint of the model that training began with. */
  base?: string;
  before?: Measured;
  after?: Measured;
}

/** A run as its folder tells it. */
export interface RunRecord {
  /** Where the folder lies. */
  directory: string;
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
export async function readRun(files: Files): Promise<RunRecord> {
  const directory = files.locate();
  const recipeText = await readText(files, runFiles.recipe).catch((cause: unknown) => {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'not-a-run',
      message: `${directory} holds no run`,
      value: directory,
      accepted: 'a folder that "tunesmith train" wrote, with recipe.yaml in it',
      cause,
    });
  });
  const data = await readJson<RunDataReport>(files, runFiles.dataReport);
  return {
    directory,
    recipe: parseRunRecipe(recipeText, files.locate(runFiles.recipe)),
    recipeText,
    events: eventsIn((await optionalText(files, eventsName)) ?? ''),
    results: await readResults(files),
    ...(data ? { data } : {}),
  };
}

/**
 * What a run measured; nothing where it has not measured yet.
 *
 * @throws TunesmithError `invalid-file` for a file that is damaged
 */
export async function readResults(files: Files): Promise<RunResults> {
  const file = files.locate(runFiles.results);
  const results = (await readJson<unknown>(files, runFiles.results)) ?? {};
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

/** The text of a file; undefined where there is none. */
export async function optionalText(files: Files, name: string): Promise<string | undefined> {
  return (await files.stat(name)) && readText(files, name);
}

async function readJson<Value>(files: Files, name: string): Promise<Value | undefined> {
  const file = files.locate(name);
  const text = await optionalText(files, name);
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
