import { isAbsolute, resolve } from 'node:path';

/** Where a path that a recipe or an override names may lie: beside the recipe, then in the working folder. */
export function candidates(path: string, directory: string): string[] {
  return isAbsolute(path) ? [path] : [...new Set([resolve(directory, path), resolve(path)])];
}
