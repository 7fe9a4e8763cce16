import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { nearest, systemReason, TunesmithError, type RecipeInput } from '@tunesmith/schema';
import { readMarker } from '../run/marker.ts';
import { movedRun } from './moved-run.ts';
import { documentOf, withOverrides, type ParsedRecipe } from './parse.ts';

/** A recipe that was read and checked; paths are as written. */
export interface ReadRecipe extends ParsedRecipe {
  /** The folder that paths in the recipe are relative to. */
  directory: string;
  /** The recipe's file; absent where it came as a value. */
  file?: string;
}

/**
 * Reads a recipe from a YAML or JSON file, or takes one as a value; then applies `key=value` overrides, checks it and
 * writes every default out.
 *
 * The folder of a run stands for the recipe in it, and is the run's output wherever it lies now: its `recipe.yaml` names the
 * folder that it was written to first, and a copy or a moved folder is a run of its own.
 *
 * @throws TunesmithError `missing-file`, `invalid-yaml`, `invalid-override` or `invalid-recipe`; the message has file and line
 */
export async function readRecipe(
  source: RecipeInput | string,
  options: { overrides?: readonly string[] } = {},
): Promise<ReadRecipe> {
  const { overrides = [] } = options;
  if (typeof source !== 'string')
    return { ...withOverrides(source, overrides), directory: process.cwd() };
  const file = await recipeFile(source);
  const { value, lineOf } = documentOf(await readText(file), file);
  const home = dirname(resolve(file));
  const isRun = basename(file) === 'recipe.yaml' && (await readMarker(home)) !== undefined;
  const stated = isRun ? movedRun(value, home) : value;
  return { ...withOverrides(stated, overrides, { file, line: lineOf }), directory: home, file };
}

/** The path itself, or `recipe.yaml` in the folder that it names. */
async function recipeFile(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isFolder ? join(path, 'recipe.yaml') : path;
}

/** More than any recipe, and less than would keep a parser busy for long, in bytes. */
const largestRecipe = 4_000_000;

async function readText(file: string): Promise<string> {
  try {
    const chunks: Buffer[] = [];
    // What is no file, such as a device, may never end.
    for await (const chunk of createReadStream(file, { end: largestRecipe }))
      chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    if (bytes.length <= largestRecipe) return bytes.toString('utf8');
  } catch (cause) {
    const close = await nearestPath(file);
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'missing-file',
      message: `cannot read the recipe ${file}: ${systemReason(cause) ?? (cause as Error).message}`,
      value: file,
      ...(close === undefined ? {} : { nearest: close }),
      accepted: 'the path of a YAML or JSON file, or the folder of a run',
      cause,
    });
  }
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'too-large',
    message: `the recipe ${file} is longer than ${largestRecipe} bytes`,
    value: file,
    accepted: 'the path of a YAML or JSON file that describes a run',
  });
}

/** What stands beside a missing path under nearly its name. */
async function nearestPath(path: string): Promise<string | undefined> {
  const names = await readdir(dirname(path)).catch(() => []);
  const close = nearest(basename(path), names);
  return close === undefined || close === basename(path) ? undefined : join(dirname(path), close);
}
