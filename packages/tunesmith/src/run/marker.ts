import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@tunesmith/schema/node';

/** The file by which a run's folder is known. Only a run writes it, before anything else. */
export const markerName = 'run.json';

/** Every file and folder that runs write, relative to a run's folder; further parts name a file in a folder. */
const writable =
  /^(recipe\.yaml|events\.jsonl|data-report\.json|dropped\.jsonl|quarantine\.jsonl|results\.json|report\.html|data\.jsonl|journal\.jsonl|ledger\.json|queue\.json|checkpoints|best|model(\/README\.md)?|stages\/[A-Za-z0-9_-]+|(adapter|start)(\/(?!\.{1,2}(\/|$))[^/\\]+){1,2})$/;

/** What a run says of its folder. */
export interface RunMarker {
  format: 1;
  /** Everything that the run writes there, relative to the folder: `adapter/adapter_config.json`, `checkpoints`. */
  wrote: readonly string[];
  /** SHA-256 of every `recipe.yaml` that the run wrote: a file with another one is somebody's own. */
  recipes: readonly string[];
}

/**
 * The marker of a run's folder; undefined where no run wrote one, and for one that claims what no run writes: a folder that
 * came from somewhere else must not talk anybody into deleting files outside of it.
 */
export async function readMarker(directory: string): Promise<RunMarker | undefined> {
  const text = await readFile(join(directory, markerName), 'utf8').catch(() => '');
  try {
    const value = JSON.parse(text) as Partial<RunMarker> | null;
    const isPath = (item: unknown): boolean => typeof item === 'string' && writable.test(item);
    const isText = (item: unknown): boolean => typeof item === 'string';
    return value?.format === 1 && value.wrote?.every(isPath) && value.recipes?.every(isText)
      ? (value as RunMarker)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the marker, whole or not at all. */
export async function writeMarker(
  directory: string,
  { wrote, recipes }: Pick<RunMarker, 'wrote' | 'recipes'>,
): Promise<void> {
  const marker: RunMarker = {
    format: 1,
    wrote: [...new Set(wrote)].sort(),
    recipes: [...new Set(recipes)],
  };
  await writeFileAtomically(join(directory, markerName), `${JSON.stringify(marker, null, 2)}\n`);
}

/** By what {@link RunMarker.recipes} knows a recipe's text. */
export function recipeDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Whether a text is a recipe that the run wrote. */
export function isOwnRecipe(marker: RunMarker, text: string): boolean {
  return marker.recipes.includes(recipeDigest(text));
}
