import { isAbsolute } from 'node:path';
import { isSeveral, listOf, partsOf, type Recipe } from '@tunesmith/schema';
import { isElsewhere } from '../recipe/locate-data.ts';
import type { ReadRecipe } from '../recipe/read.ts';
import type { FolderOptions, RunInput, RunIntent } from '../run/check-folder.ts';
import { ownAdapter } from '../run/check-folder.ts';
import { pathsIn } from '../run/adapter-files.ts';
import { cardFile } from '../report/model-card.ts';
import { adapterPaths } from '../run/adapter-folder.ts';
import { exists } from '../run/exists.ts';
import { runFolder } from '../run/folder.ts';
import type { Tuning } from './method.ts';

/** Files that a recipe came from: its own, and those that its templates name. */
interface RecipeFiles extends Pick<ReadRecipe, 'file'> {
  readonly templateFiles: readonly string[];
}

/** What the run reads, and what it means to do in its folder. An adapter that it went on with before is found again. */
export async function intentOf(
  recipe: Recipe,
  { file, templateFiles }: RecipeFiles,
  { overwrite = false }: FolderOptions,
): Promise<RunIntent> {
  const { output, resume } = recipe;
  const { start } = runFolder(output);
  const adapters = listOf(recipe.adapter);
  for (const adapter of adapters)
    if (resume && (await ownAdapter(output, adapter.from)) === 'adapter' && (await exists(start)))
      adapter.from = start;
  const inputs: RunInput[] = [
    // What lies on the hub is kept where no run writes.
    ...(isAbsolute(recipe.model.from) ? [{ what: 'the model', path: recipe.model.from }] : []),
    ...recipe.data.flatMap((entry) =>
      'path' in entry && !isElsewhere(entry.path) ? [{ what: 'the data', path: entry.path }] : [],
    ),
    ...adapters.map(({ from }) => ({
      what: 'the adapter',
      path: from,
      role: 'adapter' as const,
    })),
    ...Object.values(recipe.artifacts ?? {}).flatMap((paths) =>
      listOf(paths).map((path) => ({ what: 'an artifact', path })),
    ),
    ...recipe.plugins
      .filter((name) => isAbsolute(name))
      .map((path) => ({ what: 'the plugin', path })),
    ...templateFiles.map((path) => ({ what: 'the file of a template', path })),
    ...(file === undefined ? [] : [{ what: 'the recipe', path: file, role: 'recipe' as const }]),
  ];
  const [method] = listOf(recipe.method);
  const trained = method === undefined ? 'adapter' : partsOf(method).name;
  const writes = trained === 'none' ? [] : [trained === 'full' ? 'model' : 'adapter'];
  return { directory: output, resume, overwrite, inputs, writes };
}

/**
 * The recipe's adapters as they will be found again: one that is the run's own is about to be written anew, and is kept in
 * `start`.
 */
export async function adaptersKept(recipe: Recipe): Promise<Pick<Recipe, 'adapter'>> {
  const { adapter, output } = recipe;
  if (adapter === undefined || recipe.method !== undefined) return {};
  const kept = [];
  for (const one of listOf(adapter))
    kept.push(
      (await ownAdapter(output, one.from)) ? { ...one, from: runFolder(output).start } : one,
    );
  return { adapter: isSeveral(adapter) ? kept : kept[0]! };
}

/** What the run writes besides what every run writes. The recipe names its adapters where they lie now. */
export async function writesOf(tuning: Tuning, { output, adapter }: Recipe): Promise<string[]> {
  if (tuning.kind !== 'adapters')
    return tuning.kind === 'full' ? ['model', `model/${cardFile}`] : [];
  const writes = [...adapterPaths(tuning.adapters), cardFile].map((path) => `adapter/${path}`);
  for (const { from } of listOf(adapter))
    if (await ownAdapter(output, from))
      // What is kept is arranged as it was, which may be otherwise than what is written.
      writes.push(...(await pathsIn(from)).map((path) => `start/${path}`));
  return [...new Set(writes)];
}
