import { isAbsolute } from 'node:path';
import { adapterConfigFile, baseRecordFile } from '@tunesmith/peft';
import { partsOf, type Recipe } from '@tunesmith/schema';
import type { ReadRecipe } from '../recipe/read.ts';
import type { FolderOptions, RunInput, RunIntent } from '../run/check-folder.ts';
import { ownAdapter } from '../run/check-folder.ts';
import { exists } from '../run/exists.ts';
import { runFolder } from '../run/folder.ts';
import { pathsOf } from './artifacts.ts';
import type { Tuning } from './method.ts';

/** What the run reads, and what it means to do in its folder. An adapter that it went on with before is found again. */
export async function intentOf(
  recipe: Recipe,
  { file }: Pick<ReadRecipe, 'file'>,
  { overwrite = false }: FolderOptions,
): Promise<RunIntent> {
  const { output, resume, adapter } = recipe;
  if (adapter && resume && (await ownAdapter(output, adapter.from)) === 'adapter') {
    const { start } = runFolder(output);
    if (await exists(start)) adapter.from = start;
  }
  const inputs: RunInput[] = [
    { what: 'the model', path: recipe.model.from },
    ...recipe.data.flatMap((entry) =>
      'path' in entry ? [{ what: 'the data', path: entry.path }] : [],
    ),
    ...(adapter ? [{ what: 'the adapter', path: adapter.from, role: 'adapter' as const }] : []),
    ...Object.values(recipe.artifacts ?? {}).flatMap((paths) =>
      pathsOf(paths).map((path) => ({ what: 'an artifact', path })),
    ),
    ...recipe.plugins
      .filter((name) => isAbsolute(name))
      .map((path) => ({ what: 'the plugin', path })),
    ...(file === undefined ? [] : [{ what: 'the recipe', path: file, role: 'recipe' as const }]),
  ];
  const trained = recipe.method === undefined ? 'adapter' : partsOf(recipe.method).name;
  const writes = trained === 'none' ? [] : [trained === 'full' ? 'model' : 'adapter'];
  return { directory: output, resume, overwrite, inputs, writes };
}

/** What the run writes besides what every run writes. */
export async function writesOf(
  tuning: Tuning,
  directory: string,
  from: string | undefined,
): Promise<string[]> {
  if (tuning.kind !== 'adapter') return tuning.kind === 'full' ? ['model'] : [];
  const files = [adapterConfigFile, tuning.adapter.method.files.tensorFile, baseRecordFile];
  const goesOn = from !== undefined && (await ownAdapter(directory, from)) !== undefined;
  return (goesOn ? ['adapter', 'start'] : ['adapter']).flatMap((part) =>
    files.map((name) => `${part}/${name}`),
  );
}
