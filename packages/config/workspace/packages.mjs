import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * The packages of `packages/`, or one folder deeper, in the order of their folders.
 *
 * @returns {{ directory: string, manifest: import('../ranges/check.mjs').Manifest }[]}
 */
export function workspacePackages(folder = join(root, 'packages'), depth = 2) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .flatMap(({ name }) => {
      const directory = join(folder, name);
      const path = join(directory, 'package.json');
      if (existsSync(path))
        return [{ directory, manifest: JSON.parse(readFileSync(path, 'utf8')) }];
      return depth > 1 ? workspacePackages(directory, depth - 1) : [];
    });
}

/** Those that are published. */
export function publishedPackages() {
  return workspacePackages().filter(({ manifest }) => !manifest.private);
}
