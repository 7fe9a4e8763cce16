import type { Plugin, RecipeInput } from '@tunesmith/schema';
import { namedAdapters, requireOwnNames } from './adapters.ts';
import { recordsNear } from './data/records-near.ts';
import { openSpilling } from './data/spilling.ts';
import {
  measureRecipe,
  type EvaluateSummary,
  type MeasureOptions,
} from './evaluation/measure-recipe.ts';
import { openRegistry, openSession } from './open-session.ts';
import { readNear } from './recipe/read-near.ts';
import { readRecipe } from './recipe/read.ts';
import { withTemplateFiles } from './recipe/template-files.ts';
import { requireUnstaged } from './stages/reference.ts';
import { factorsOfRun } from './train/factors-of-run.ts';

/** What {@link evaluate} takes besides the recipe. */
export interface EvaluateJobOptions extends MeasureOptions {
  /** `key=value` settings on top of the recipe. */
  overrides?: readonly string[];
  /** Plugins as values, besides those that the recipe names. */
  plugins?: readonly Plugin[];
}

/**
 * Measures a model, with adapters or without, on the evaluation tasks of a recipe; the recipe's training data is left
 * alone. Where the recipe names no task, every split other than `train` is measured.
 *
 * @param recipe a recipe, or the path of one in YAML or JSON
 * @throws TunesmithError `nothing-to-measure` where there is no task and no such split
 */
export async function evaluate(
  recipe: RecipeInput | string,
  options: EvaluateJobOptions = {},
): Promise<EvaluateSummary> {
  requireOwnNames(namedAdapters(options.adapter));
  const found = await readRecipe(recipe, { overrides: options.overrides ?? [] });
  const { directory } = found;
  requireUnstaged(found.recipe);
  const { onWarning, onWork } = options;
  const registry = await openRegistry({
    plugins: options.plugins ?? [],
    pluginNames: found.recipe.plugins,
    directory,
    ...(onWork ? { onWork } : {}),
  });
  const read = await withTemplateFiles(found.recipe, {
    read: readNear(directory),
    registry: () => Promise.resolve(registry),
  });
  const { openList, close } = openSpilling();
  const sources = {
    registry,
    openList,
    records: recordsNear(directory),
    open: (asked: Parameters<typeof openSession>[0]) =>
      openSession({
        ...asked,
        registry,
        directory,
        ...(onWarning ? { onWarning } : {}),
        ...(onWork ? { onWork } : {}),
      }),
    factors: (adapters: Parameters<typeof factorsOfRun>[1]) => factorsOfRun(found, adapters),
  };
  return measureRecipe(found, read, sources, options).finally(close);
}
