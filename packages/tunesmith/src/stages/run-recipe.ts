import { resolveRecipe, type RecipeInput, type StageRecipe } from '@tunesmith/schema';
import { completeRecipe } from '../train/complete.ts';
import { openRegistry } from '../open-session.ts';
import type { PlanOptions } from '../train/plan-run.ts';

/** A stage that trains or measures, as the recipe of a run of its own. */
export function recipeOfStage(stage: StageRecipe): RecipeInput {
  const { job, ...rest } = stage;
  return {
    ...rest,
    model: stage.model!,
    ...(job === 'evaluate' ? { method: 'none' } : {}),
  };
}

/**
 * Checks the recipe of a stage: its keys, and that every plugin it names exists and takes the options it is given. What an
 * earlier stage leaves is not looked at.
 *
 * @throws TunesmithError of the recipe or of a plugin
 */
export async function checkStageRecipe(
  stage: StageRecipe,
  { plugins = [] }: Pick<PlanOptions, 'plugins'>,
): Promise<void> {
  const recipe = resolveRecipe(recipeOfStage(stage), {
    package: 'tunesmith',
    what: `recipe of stage "${stage.name}"`,
  });
  const registry = await openRegistry({ plugins, pluginNames: recipe.plugins });
  completeRecipe(recipe, {}, registry);
}
