import { mkdir, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and every one above it that is missing, one after the other: asked for all at once, Node never comes back
 * where the system says that a folder is missing and will not have it made (as below `/proc`).
 *
 * @returns the outermost folder that was made; undefined where all were there
 * @throws the system's error of the first folder that cannot be made
 */
export async function makeFolders(path: string): Promise<string | undefined> {
  const above = dirname(path);
  try {
    await mkdir(path);
    return path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return undefined;
    if (code !== 'ENOENT' || above === path) throw error;
  }
  const made = await makeFolders(above);
  try {
    await mkdir(path);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return made;
  }
  return made ?? path;
}

/** Removes folders from the inner one up to the outermost that was made, as long as they are empty. */
export async function removeEmpty(inner: string, made: string): Promise<void> {
  for (let path = inner; path.length >= made.length; path = dirname(path)) {
    const isGone = await rmdir(path).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}
