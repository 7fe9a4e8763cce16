import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

/**
 * The path without links, `..` and other detours, also of what is not there yet: then the nearest folder that exists is
 * resolved, and the rest of the path follows as it is.
 */
export async function realPath(path: string): Promise<string> {
  const absolute = resolve(path);
  const found = await realpath(absolute).catch(() => undefined);
  if (found !== undefined) return found;
  const parent = dirname(absolute);
  return parent === absolute ? absolute : join(await realPath(parent), basename(absolute));
}

/** Whether `inner` is `outer` or lies in it. Both are real paths. */
export function isWithin(inner: string, outer: string): boolean {
  const way = relative(outer, inner);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && resolve(way) !== way);
}

/** Whether two paths lead to one file or folder: through links of either kind, or through names in another case. */
export async function isSamePlace(one: string, other: string): Promise<boolean> {
  if ((await realPath(one)) === (await realPath(other))) return true;
  const [first, second] = await Promise.all([identityOf(one), identityOf(other)]);
  return first !== undefined && first === second;
}

/** Device and number of what stands at a path, which all its names share. */
async function identityOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found && `${found.dev}:${found.ino}`;
}
