import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { TunesmithError } from '@tunesmith/schema';
import picomatch from 'picomatch';
import { dataEndings, isDataFile } from '../../layouts/builtin.ts';
import type { DataPlace } from '../../read/read-records.ts';
import { fileAt } from './file-at.ts';

/** Whether a path is a pattern: it has `*`, `?`, `[…]` or `{…}` in it. */
export function isGlob(path: string): boolean {
  return picomatch.scan(path).isGlob;
}

/** Every data file of a folder and of those in it, sorted by path; hidden ones are passed over, others are named. */
export function folderPlace(folder: string): DataPlace {
  return {
    name: folder,
    async files() {
      const all = await filesBelow(folder);
      const [data, others] = parted(all, isDataFile);
      if (data.length > 0) return { files: data.map((file) => fileAt(join(folder, file))), others };
      throw noFiles(
        `the folder ${folder} holds no data file`,
        folder,
        `files that end in ${dataEndings.join(', ')}`,
      );
    },
  };
}

/** Every file whose path a pattern matches, sorted by path. */
export function globPlace(pattern: string): DataPlace {
  return {
    name: pattern,
    async files() {
      const { base, glob } = picomatch.scan(pattern);
      const matches = picomatch(glob);
      const found = (await filesBelow(base || '.')).filter((file) => matches(file));
      if (found.length > 0) return { files: found.map((file) => fileAt(join(base, file))) };
      throw noFiles(`no file matches ${pattern}`, pattern, `files below ${base || '.'}`);
    },
  };
}

/** Paths of the files below a folder, with `/` between their parts, sorted; none that begins with a dot. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => !file.split('/').some((part) => part.startsWith('.')))
    .sort();
}

function parted<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function noFiles(message: string, value: string, accepted: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'no-data-files',
    message,
    value,
    accepted,
  });
}
