import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  expandStages,
  nearest,
  resolveRecipe,
  systemReason,
  TunesmithError,
  type Recipe,
  type RecipeInput,
} from '@tunesmith/schema';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { readMarker } from '../run/marker.ts';
import { movedRun } from './moved-run.ts';
import { applyOverrides, parseOverride } from './overrides.ts';
import { inheritedOptions, withMentionObjects, type Inherited } from './replaced-plugin.ts';

/** A recipe that was read and checked. */
export interface ReadRecipe {
  /** Every default written out; paths are as written. */
  recipe: Recipe;
  /** The recipe before defaults, overrides put in place: tells what a person asked for. */
  written: RecipeInput;
  /** The folder that paths in the recipe are relative to. */
  directory: string;
  /** The recipe's file; absent where it came as a value. */
  file?: string;
  /** Options that were written for another method, optimizer or schedule than the one an override asks for. */
  inherited: Inherited;
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
  const overrides = (options.overrides ?? []).map(parseOverride);
  if (typeof source !== 'string') {
    const stated = applyOverrides(withMentionObjects(source, overrides), overrides);
    const written = expandStages(stated).recipe as RecipeInput;
    return {
      inherited: inheritedOptions(source, written, overrides),
      recipe: resolveRecipe(stated, { package: 'tunesmith' }),
      written,
      directory: process.cwd(),
    };
  }
  const file = await recipeFile(source);
  const text = await readText(file);
  const { document, lineOf } = parseYaml(text, file);
  const isOverridden = (path: readonly string[]) =>
    overrides.some((override) => override.path.every((key, index) => path[index] === key));
  const home = dirname(resolve(file));
  const isRun = basename(file) === 'recipe.yaml' && (await readMarker(home)) !== undefined;
  const stated = valueOf(document, file);
  const before = isRun ? movedRun(stated, home) : stated;
  const changed = applyOverrides(withMentionObjects(before, overrides), overrides);
  const written = expandStages(changed).recipe as RecipeInput;
  const recipe = resolveRecipe(changed, {
    package: 'tunesmith',
    file,
    line: (path) => (isOverridden(path) ? undefined : lineOf(path)),
  });
  const inherited = inheritedOptions(before, written, overrides);
  return { recipe, written, directory: home, file, inherited };
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

/** The document as a value. Aliases may repeat a part, but neither without end nor without measure. */
function valueOf(document: Document, file: string): unknown {
  try {
    const value = document.toJS() as unknown;
    JSON.stringify(value);
    return value;
  } catch (cause) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'invalid-yaml',
      message: `${file}: not a recipe: ${(cause as Error).message.split('\n')[0]}`,
      value: file,
      accepted: 'YAML whose aliases name earlier parts, neither in a circle nor a great many times',
      cause,
    });
  }
}

/** A YAML document, and the line (from 1) on which a path stands in it. Keys given twice and bad syntax are errors. */
function parseYaml(
  text: string,
  file: string,
): { document: Document; lineOf: (path: readonly string[]) => number | undefined } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'invalid-yaml',
      message: `${file}:${lines.linePos(error.pos[0]).line}: not YAML: ${error.message}`,
      value: file,
      accepted: 'YAML 1.2 or JSON',
      cause: error,
    });
  }
  const lineOf = (path: readonly string[]): number | undefined => {
    let node: unknown = document.contents;
    let offset: number | undefined;
    for (const key of path) {
      if (isMap(node)) {
        const pair = node.items.find(
          (item) => isScalar(item.key) && String(item.key.value) === key,
        );
        // A missing key is reported where its object begins.
        if (!pair) break;
        if (isScalar(pair.key)) offset = pair.key.range?.[0];
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(key)];
        const range = (node as { range?: readonly number[] } | undefined)?.range;
        if (range) offset = range[0];
      } else break;
    }
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
  return { document, lineOf };
}
