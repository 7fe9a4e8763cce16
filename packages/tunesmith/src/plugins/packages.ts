import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TunesmithError } from '@tunesmith/schema';
import { candidates } from '../recipe/candidates.ts';

/** The folder of an installed package, seen from `directory` and then from Tunesmith itself; undefined if not installed. */
export async function findPackageDirectory(
  name: string,
  directory: string,
): Promise<string | undefined> {
  for (const start of [directory, dirname(fileURLToPath(import.meta.url))]) {
    for (let folder = resolve(start); ; folder = dirname(folder)) {
      const candidate = join(folder, 'node_modules', ...name.split('/'));
      if (await isFile(join(candidate, 'package.json'))) return candidate;
      if (dirname(folder) === folder) break;
    }
  }
  return undefined;
}

/** Whether the name of a plugin is the path of a module file. */
export function isModulePath(name: string): boolean {
  return name.startsWith('.') || isAbsolute(name);
}

/**
 * The address to import for a module name: a file for a relative or absolute path, beside the recipe or else in the
 * working folder, else the entry of an installed package:
 * `./node` where it has that, else `.`. A package is looked for from `directory`, where the recipe is, and not only from
 * where Tunesmith is installed.
 */
export async function moduleAddress(name: string, directory: string): Promise<string | undefined> {
  if (isModulePath(name)) {
    for (const file of candidates(name, directory))
      if (await isFile(file)) return pathToFileURL(file).href;
    return undefined;
  }
  const home = await findPackageDirectory(name, directory);
  if (!home) return undefined;
  const manifest = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as {
    exports?: unknown;
  };
  const entries = manifest.exports as Record<string, unknown> | string | null | undefined;
  const forNode = typeof entries === 'object' ? entries?.['./node'] : undefined;
  const entry = entryOf(forNode) ?? entryOf(entries);
  if (entry !== undefined) return pathToFileURL(join(home, entry)).href;
  return pathToFileURL(createRequire(join(home, 'package.json')).resolve(home)).href;
}

/**
 * What a package exports that is installed beside Tunesmith, seen from the working folder.
 *
 * @param accepted how it is installed
 * @throws TunesmithError `not-installed`
 */
export async function importInstalled(
  name: string,
  accepted: string,
): Promise<Record<string, unknown>> {
  const address = await moduleAddress(name, process.cwd());
  if (address !== undefined) return (await import(address)) as Record<string, unknown>;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'not-installed',
    message: `the package "${name}" is not installed here`,
    value: name,
    accepted: `packages of this folder: npm install ${accepted}`,
  });
}

/** The file of `exports["."]` for an import in Node. */
function entryOf(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (typeof exports !== 'object' || exports === null) return undefined;
  const conditions = exports as Record<string, unknown>;
  for (const key of ['.', 'node', 'import', 'default']) {
    const entry = entryOf(conditions[key]);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
