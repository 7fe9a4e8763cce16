import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { nearest } from '@tunesmith/schema';
import { exists } from '../run/exists.ts';

/** What exists and is called nearly as somebody wrote. */
export interface NearPath {
  /** As it would have been written. */
  readonly path: string;
  /** Whether only the last name is another: the folder that holds it was named rightly. */
  readonly isBeside: boolean;
}

/**
 * The path that exists and is nearest to one that does not: another name in the same folder, or the same name in a folder beside it.
 *
 * @param path as it was written
 * @param places where it was looked for, absolute
 */
export async function nearPath(
  path: string,
  places: readonly string[],
): Promise<NearPath | undefined> {
  const parts = path.split(/[\\/]/);
  const written = (from: number, ...names: string[]): string =>
    path.slice(0, path.length - parts.slice(from).join('/').length) + names.join('/');
  for (const place of places) {
    const folder = dirname(place);
    const beside = nearest(basename(place), await namesIn(folder));
    if (beside !== undefined) return { path: written(-1, beside), isBeside: true };
    if (parts.length < 2 || resolve(folder) === dirname(folder)) continue;
    const around = dirname(folder);
    const other = nearest(basename(folder), await namesIn(around));
    if (other !== undefined && (await exists(join(around, other, basename(place)))))
      return { path: written(-2, other, basename(place)), isBeside: false };
  }
  return undefined;
}

/** The names in a folder; none where there is no such folder. */
function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
