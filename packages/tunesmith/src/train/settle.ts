import type { PromptTemplate, Recipe, RecipeInput, Registry } from '@tunesmith/schema';
import { resolveTraining } from '@tunesmith/trainer';
import type { ParsedRecipe } from '../recipe/parse.ts';
import type { Warning } from '../session.ts';
import { completeRecipe } from './complete.ts';

/** A recipe for one run of which everything is known that its own text and its plugins say. */
export interface SettledRecipe {
  /** With the options of every plugin. */
  readonly recipe: Recipe;
  /** As somebody wrote it, overrides included. */
  readonly written: RecipeInput;
  /** How it names the model. */
  readonly modelName: string;
  readonly registry: Registry;
  readonly template: PromptTemplate;
  readonly warnings: readonly Warning[];
}

/**
 * Looks everything up that a recipe names, and writes the options of every plugin out. No data and no model is read yet.
 *
 * @param modelName how the recipe as it was written names the model
 * @throws TunesmithError of the plugins, and for training settings that do not go together
 */
export function settle(
  { recipe: read, written, inherited }: ParsedRecipe,
  registry: Registry,
  modelName = read.model.from,
): SettledRecipe {
  const { recipe: complete, warnings } = completeRecipe(read, inherited, registry);
  const [optimizers, schedules] = [registry.all('optimizer'), registry.all('schedule')];
  const { max_grad_norm: norm, ...training } = complete.training;
  const isAsked = written.training?.max_grad_norm !== undefined;
  const settled = resolveTraining(isAsked ? { ...training, max_grad_norm: norm } : training, {
    optimizers,
    schedules,
  });
  const { max_grad_norm } = settled.training;
  const recipe = { ...complete, training: { ...complete.training, max_grad_norm } };
  const template = registry.settled('prompt-template', recipe.template);
  return { recipe, written, modelName, registry, template, warnings };
}
