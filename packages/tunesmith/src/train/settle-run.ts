import type { RecipeInput } from '@tunesmith/schema';
import { openRegistry } from '../open-session.ts';
import { readRecipe } from '../recipe/read.ts';
import { readNear } from '../recipe/read-near.ts';
import { withTemplateFiles } from '../recipe/template-files.ts';
import { checkRunFolder, type RunIntent } from '../run/check-folder.ts';
import { requireUnstaged } from '../stages/reference.ts';
import { intentOf } from './intent.ts';
import { modelsRecorded, withPlaces } from './places.ts';
import type { PlanOptions } from './plan-run.ts';
import { settle, type SettledRecipe } from './settle.ts';

/** A recipe for a run in a folder; its paths are absolute. */
export interface SettledRun extends SettledRecipe {
  /** The folder that paths are relative to. */
  readonly directory: string;
  /** What the run means to do in its folder, where that is allowed. */
  readonly intent: RunIntent;
}

/**
 * Reads a recipe, loads its plugins, looks everything up that it names, and checks that the run may be written where it says. No
 * data and no model is read yet.
 *
 * @throws TunesmithError of the reader, the plugins and the folder, and for training settings that do not go together
 */
export async function settleRun(
  source: RecipeInput | string,
  options: PlanOptions,
): Promise<SettledRun> {
  const read = await readRecipe(source, { overrides: options.overrides ?? [] });
  requireUnstaged(read.recipe);
  const { directory } = read;
  const registry = await openRegistry({
    plugins: options.plugins ?? [],
    pluginNames: read.recipe.plugins,
    directory,
    ...(options.onWork ? { onWork: options.onWork } : {}),
  });
  const resume = options.resume ?? read.recipe.resume;
  const placed = await withPlaces(
    { ...read.recipe, resume },
    {
      directory,
      onWork: options.onWork,
      ...(resume ? { earlier: await modelsRecorded(read.recipe.output) } : {}),
    },
  );
  const templateFiles: string[] = [];
  const recipe = await withTemplateFiles(placed, {
    read: readNear(directory),
    registry: () => Promise.resolve(registry),
    onFile: (path) => templateFiles.push(path),
  });
  const intent = await intentOf(recipe, { ...read, templateFiles }, options);
  await checkRunFolder(intent);
  const settled = settle({ ...read, recipe }, registry, read.recipe.model.from);
  return { ...settled, directory, intent };
}
