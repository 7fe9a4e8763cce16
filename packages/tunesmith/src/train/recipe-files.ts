import { readFile } from 'node:fs/promises';
import { basename, dirname, relative } from 'node:path';
import { listOf, type Recipe } from '@tunesmith/schema';
import { adapterFiles } from '../run/adapter-files.ts';
import type { NamedFiles } from './identity.ts';

/** The files of a recipe's plugins, as `folder/file`. */
export function pluginFiles({ plugins }: Pick<Recipe, 'plugins'>): NamedFiles {
  return plugins.map((path) => [
    `${basename(dirname(path))}/${basename(path)}`,
    () => readFile(path).catch(() => undefined),
  ]);
}

/** Every file that a recipe's artifacts consist of, by a name in the recipe: what a run's numbers follow from. */
export async function artifactFiles({
  artifacts = {},
}: Pick<Recipe, 'artifacts'>): Promise<NamedFiles> {
  const files: [string, () => Promise<Uint8Array>][] = [];
  for (const [name, folders] of Object.entries(artifacts))
    for (const [index, folder] of listOf(folders).entries())
      for (const file of await adapterFiles(folder))
        files.push([`${name}/${index}/${relative(folder, file)}`, () => readFile(file)]);
  return files;
}
