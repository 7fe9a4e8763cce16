import { dirname, resolve } from 'node:path';
import type { Files } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import type { NamedAdapters } from '../adapters.ts';
import { locateAdapter } from '../recipe/locate.ts';
import type { ReadRecipe } from '../recipe/read.ts';
import { exists } from '../run/exists.ts';
import { runFolder } from '../run/folder.ts';
import { precisionBeside, tunedModel } from '../run/tuned-model.ts';

/**
 * The folder of the run whose factors an evaluation in int8 uses: of the run whose adapter is used or whose recipe this is.
 *
 * @param adapters those that are used
 * @returns undefined where there is no such run in int8
 */
export async function factorsOfRun(
  { file, directory, recipe }: ReadRecipe,
  adapters: readonly NamedAdapters[],
): Promise<Files | undefined> {
  for (const { from } of adapters) {
    const beside = await precisionBeside(await locateAdapter(from, directory));
    if (beside?.name === 'int8') return nodeFiles(beside.run);
  }
  const tuned = await tunedModel(resolve(directory, recipe.model.from));
  if (tuned?.precision?.name === 'int8') return nodeFiles(tuned.precision.run);
  if (file === undefined) return undefined;
  const own = runFolder(dirname(file));
  return own.recipe === file && (await exists(own.smoothing))
    ? nodeFiles(own.directory)
    : undefined;
}
