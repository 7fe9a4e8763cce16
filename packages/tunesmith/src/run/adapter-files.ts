import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { nodeFiles } from '@tunesmith/schema/node';
import { adaptersIn, listFile } from './adapter-folder.ts';
import { setupFile } from './adapter-stack.ts';
import { exists } from './exists.ts';

/** Every file that adapters in a folder consist of. */
export async function adapterFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const place of await adaptersIn(nodeFiles(folder))) {
    const path = place.files.locate();
    const recursive = await exists(join(path, setupFile));
    const entries = await readdir(path, { recursive, withFileTypes: true });
    const own = entries.filter((entry) => entry.isFile());
    files.push(...own.map(({ parentPath, name }) => join(parentPath, name)).toSorted());
  }
  return files;
}

/** {@link adapterFiles} relative to the folder, and the list of them where there is one. */
export async function pathsIn(folder: string): Promise<string[]> {
  const files = await adapterFiles(folder);
  if (await exists(join(folder, listFile))) files.push(join(folder, listFile));
  return files.map((file) => relative(folder, file).replaceAll('\\', '/'));
}
