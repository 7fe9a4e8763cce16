import { resolveRecipe, type RecipeInput, type StageRecipe } from '@tunesmith/schema';
import { completeRecipe } from '../train/complete.ts';
import { openRegistry } from '../session.ts';
import type { PlanOptions } from '../train/plan.ts';
import { isReference } from './reference.ts';

/** A stage that trains or measures, as the recipe of a run of its own. */
export function recipeOfStage({ name, job, dtype: _, ...rest }: StageRecipe): RecipeInput {
  return {
    ...rest,
    name,
    model: rest.model!,
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

/** Whether a stage goes on with an adapter that an earlier one leaves. */
export function takesAdapter({ adapter }: StageRecipe): boolean {
  return adapter?.from !== undefined && isReference(adapter.from);
}
