import type { PromptTemplate, Recipe, RecipeInput, Registry } from '@tunesmith/schema';
import { resolveTraining } from '@tunesmith/trainer';
import { readRecipe } from '../recipe/read.ts';
import { withTemplateFiles } from '../recipe/template-files.ts';
import { checkRunFolder, type RunIntent } from '../run/check-folder.ts';
import { openRegistry, type Warning } from '../session.ts';
import { requireUnstaged } from '../stages/reference.ts';
import { completeRecipe } from './complete.ts';
import { intentOf } from './intent.ts';
import { withPlaces } from './places.ts';
import type { PlanOptions } from './plan.ts';

/** A recipe for one run of which everything is known that its own text and its plugins say. */
export interface SettledRecipe {
  /** With the options of every plugin, and absolute paths. */
  readonly recipe: Recipe;
  /** As somebody wrote it, overrides included. */
  readonly written: RecipeInput;
  /** How it names the model. */
  readonly modelName: string;
  /** The folder that paths are relative to. */
  readonly directory: string;
  readonly registry: Registry;
  readonly template: PromptTemplate;
  /** What the run means to do in its folder, where that is allowed. */
  readonly intent: RunIntent;
  readonly warnings: readonly Warning[];
}

/**
 * Reads a recipe, loads its plugins, looks everything up that it names, and checks that the run may be written where it says. No
 * data and no model is read yet.
 *
 * @throws TunesmithError of the reader, the plugins and the folder, and for training settings that do not go together
 */
export async function settleRecipe(
  source: RecipeInput | string,
  options: PlanOptions,
): Promise<SettledRecipe> {
  const read = await readRecipe(source, { overrides: options.overrides ?? [] });
  requireUnstaged(read.recipe);
  const { directory, written } = read;
  const registry = await openRegistry({
    plugins: options.plugins ?? [],
    pluginNames: read.recipe.plugins,
    directory,
    ...(options.onWork ? { onWork: options.onWork } : {}),
  });
  const resume = options.resume ?? read.recipe.resume;
  const placed = await withPlaces({ ...read.recipe, resume }, directory);
  const templateFiles: string[] = [];
  const filled = await withTemplateFiles(placed, {
    directory,
    registry: () => Promise.resolve(registry),
    onFile: (path) => templateFiles.push(path),
  });
  const intent = await intentOf(filled, { ...read, templateFiles }, options);
  await checkRunFolder(intent);
  const { recipe: complete, warnings } = completeRecipe(filled, read.inherited, registry);
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
  const modelName = read.recipe.model.from;
  return { recipe, written, modelName, directory, registry, template, intent, warnings };
}
