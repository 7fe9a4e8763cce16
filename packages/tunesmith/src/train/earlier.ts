import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { modelFingerprint } from '@tunesmith/models';
import type { Recipe } from '@tunesmith/schema';
import { parse, stringify } from 'yaml';
import type { RunFolder } from '../run/folder.ts';
import { readResults } from '../run/read-run.ts';
import { parseRunRecipe } from '../run/run-recipe.ts';
import type { Measured } from './measure.ts';
import type { RunPlan } from './plan.ts';

/** What an earlier part of the run measured, if it measured the same; and whether its recipe is this one. */
export async function readEarlier(
  folder: RunFolder,
  { recipe, session }: RunPlan,
): Promise<{ before?: Measured; sameRecipe: boolean }> {
  const text = await readFile(folder.recipe, 'utf8').catch(() => undefined);
  if (text === undefined) return { sameRecipe: false };
  const earlier = parseRunRecipe(text, folder.recipe);
  const measured = ({ data, model, evaluation, template, adapter, seed, plugins }: Recipe) => [
    [model.precision, model.head_precision, model.calibration_rows],
    data,
    evaluation,
    template,
    adapter,
    seed,
    plugins,
  ];
  const results = isDeepStrictEqual(measured(earlier), measured(recipe))
    ? await readResults(folder.results)
    : {};
  const before =
    results.base === (await modelFingerprint(session.model)) ? results.before : undefined;
  const sameRecipe = isDeepStrictEqual(earlier, parse(recipeText(recipe)));
  return { sameRecipe, ...(before ? { before } : {}) };
}

/** What a run's `recipe.yaml` holds. */
export function recipeText(recipe: Recipe): string {
  return `# Every default is written out and every path is absolute: this file repeats the run.\n${stringify({ ...recipe, resume: false })}`;
}
