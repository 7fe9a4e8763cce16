import { modelFingerprint } from '@tunesmith/models';
import { readText, type Files, type Recipe } from '@tunesmith/schema';
import { parse, stringify } from 'yaml';
import { readResults, runFiles } from '../run/read-run.ts';
import { parseRunRecipe } from '../run/run-recipe.ts';
import type { Measured } from './measure.ts';
import type { RunPlan } from './plan.ts';

/** What an earlier part of the run measured, if it measured the same; and whether its recipe is this one. */
export async function readEarlier(
  folder: Files,
  { recipe, session }: RunPlan,
): Promise<{ before?: Measured; sameRecipe: boolean }> {
  const text = await readText(folder, runFiles.recipe).catch(() => undefined);
  if (text === undefined) return { sameRecipe: false };
  const earlier = parseRunRecipe(text, folder.locate(runFiles.recipe));
  const measured = ({ data, model, evaluation, template, adapter, seed, plugins }: Recipe) => [
    [model.precision, model.head_precision, model.calibration_rows],
    data,
    evaluation,
    template,
    adapter,
    seed,
    plugins,
  ];
  const results = isAlike(measured(earlier), measured(recipe)) ? await readResults(folder) : {};
  const before =
    results.base === (await modelFingerprint(session.model)) ? results.before : undefined;
  const sameRecipe = isAlike(earlier, parse(recipeText(recipe)));
  return { sameRecipe, ...(before ? { before } : {}) };
}

/** Whether two values are the same text, in whatever order their keys stand. */
function isAlike(one: unknown, other: unknown): boolean {
  const textOf = (value: unknown): string => stringify(value, { sortMapEntries: true });
  return textOf(one) === textOf(other);
}

/** What a run's `recipe.yaml` holds. */
export function recipeText(recipe: Recipe): string {
  return `# Every default is written out and every path is absolute: this file repeats the run.\n${stringify({ ...recipe, resume: false })}`;
}
