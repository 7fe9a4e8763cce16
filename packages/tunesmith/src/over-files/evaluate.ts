import { readRecords } from '@tunesmith/datasets';
import type { RecipeInput } from '@tunesmith/schema';
import { namedAdapters, requireOwnNames } from '../adapters.ts';
import {
  measureRecipe,
  type EvaluateSummary,
  type MeasureOptions,
} from '../evaluation/measure-recipe.ts';
import { withOverrides } from '../recipe/parse.ts';
import { withTemplateFiles } from '../recipe/template-files.ts';
import {
  openIn,
  plainPath,
  readingOf,
  registryOf,
  requireOneRun,
  type Surroundings,
} from './surroundings.ts';

/** What {@link evaluate} takes besides the recipe. */
export interface EvaluateOptions extends Surroundings, MeasureOptions {
  /** `key=value` settings on top of the recipe. */
  overrides?: readonly string[];
}

/**
 * Measures a model over `Files`, with adapters or without, on the evaluation tasks of a recipe. Where the recipe names no task, every
 * split other than `train` is measured. Int8 evens inputs out by the recipe's own rows, whatever run an adapter comes from.
 *
 * @throws TunesmithError `nothing-to-measure` where there is no task and no such split; `needs-folders` as `train` does
 */
export async function evaluate(
  recipe: RecipeInput,
  options: EvaluateOptions,
): Promise<EvaluateSummary> {
  requireOwnNames(namedAdapters(options.adapter));
  const { files, overrides = [] } = options;
  const found = withOverrides(recipe, overrides);
  requireOneRun(found.recipe);
  const registry = registryOf(options);
  const read = await withTemplateFiles(found.recipe, readingOf(options, registry));
  const sources = {
    registry,
    records: (path: string, how: Parameters<typeof readRecords>[2]) =>
      readRecords(files, plainPath(path), how),
    open: (asked: Parameters<typeof openIn>[2]) => openIn(options, registry, asked),
    factors: () => Promise.resolve(undefined),
  };
  return measureRecipe(found, read, sources, options);
}
