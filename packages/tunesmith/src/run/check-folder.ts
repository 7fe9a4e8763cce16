import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireWritable } from './writable.ts';
import { fromSystem, systemReason, TunesmithError } from '@tunesmith/schema';
import type { Input } from '../outputs/check-output.ts';
import { isWithin, realPath } from '../outputs/same-place.ts';
import { answersName } from './answers.ts';
import { exists } from './exists.ts';
import { lockName, requireUnlocked } from './lock.ts';
import { isOwnRecipe, markerName, readMarker, type RunMarker } from './marker.ts';
import { isLeftover } from './remove.ts';

/** What every run writes, relative to its folder; {@link RunIntent.writes} says what else. */
export const commonWrites = [
  'recipe.yaml',
  'events.jsonl',
  'data-report.json',
  'dropped.jsonl',
  'quarantine.jsonl',
  'results.json',
  'report.html',
  'checkpoints',
  'best',
] as const;

const folders: readonly string[] = ['checkpoints', 'best', 'adapter', 'start', 'model', 'stages'];

/** Whether a run goes on in its folder, or replaces what is there. */
export interface FolderOptions {
  resume?: boolean;
  overwrite?: boolean;
}

/** Something that a recipe reads. An adapter may be the folder's own: it is kept until the run has written its own. */
export interface RunInput extends Input {
  role?: 'adapter' | 'recipe';
}

/** What a run means to do in a folder. */
export interface RunIntent extends FolderOptions {
  directory: string;
  /** What the recipe reads, its own file included. */
  inputs?: readonly RunInput[];
  /** What the run will write besides {@link commonWrites}, such as `adapter/adapter_config.json` or `model`. */
  writes?: readonly string[];
}

/**
 * Checks that a run may be written to a folder: new or empty, unless told to resume the run there or to overwrite it.
 * Everything that would be deleted or written is compared with everything that is read. Changes nothing.
 *
 * @returns the marker of the run that is there, if one is
 * @throws TunesmithError `conflicting-options` for both at once; `run-locked` where another process writes;
 * `output-exists` where something is there already, `nothing-to-resume` where nothing is; `not-a-run` where overwriting
 * would mean deleting files that no run wrote; `output-is-input` where it would delete what the recipe reads
 */
export async function checkRunFolder(intent: RunIntent): Promise<RunMarker | undefined> {
  if (intent.resume && intent.overwrite) {
    throw refuse(
      'conflicting-options',
      'a run is either resumed or overwritten, and both are asked for',
      intent.directory,
      '--resume to go on with the run, or --overwrite to replace it',
    );
  }
  await requireWritable(intent.directory);
  await requireUnlocked(intent.directory);
  return inspect(intent);
}

/** {@link checkRunFolder} for whoever holds the folder's lock. */
export async function inspect(intent: RunIntent): Promise<RunMarker | undefined> {
  const { directory, resume = false, overwrite = false } = intent;
  const names = await namesIn(directory);
  const marker = await readMarker(directory);
  if (resume) {
    if (marker) {
      await requireNoInput(intent, marker);
      return marker;
    }
    const accepted = (await exists(join(directory, answersName)))
      ? 'the same without --resume: no run was begun there yet, and the answers that its filters have stay'
      : 'the folder of a run that was interrupted';
    throw refuse(
      'nothing-to-resume',
      `there is no run in ${directory} to resume`,
      directory,
      accepted,
    );
  }
  if (names.length === 0) return marker;
  if (!overwrite) {
    const accepted = marker
      ? 'a new folder, or --resume to go on with the run there, or --overwrite to replace it'
      : 'a new folder';
    throw refuse(
      'output-exists',
      `the output folder ${directory} is not empty`,
      directory,
      accepted,
    );
  }
  if (!marker) throw await notARun(intent);
  await requireOwn(intent, marker);
  await requireOwnStages(directory, marker);
  await requireNoInput(intent, marker);
  return marker;
}

/** What a run's folder would hold after it, seen from before: the first part of each path. */
function topNames({ writes = [] }: RunIntent, marker: RunMarker): string[] {
  const all = [...commonWrites, ...writes, ...marker.wrote];
  return [...new Set(all.map((path) => path.split('/')[0]!))];
}

/** What stands where the run would write must be what a run wrote there. */
async function requireOwn(intent: RunIntent, marker: RunMarker): Promise<void> {
  const { directory } = intent;
  const owned = new Set(marker.wrote.map((path) => path.split('/')[0]!));
  for (const name of topNames(intent, marker)) {
    const path = join(directory, name);
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined) continue;
    const isOurs =
      owned.has(name) && (folders.includes(name) ? found.isDirectory() : found.isFile());
    if (isOurs) continue;
    const what = found.isSymbolicLink() ? ' (a link)' : '';
    throw refuse(
      'output-exists',
      `${path}${what} stands where the run would write, and no run wrote it`,
      path,
      'the file moved elsewhere, or another output folder',
    );
  }
  const recipe = join(directory, 'recipe.yaml');
  const text = await readFile(recipe, 'utf8').catch(() => undefined);
  if (text === undefined || isOwnRecipe(marker, text)) return;
  throw refuse(
    'output-exists',
    `${recipe} is not as the run wrote it, and overwriting would replace it`,
    recipe,
    'a copy of the recipe outside of the folder, or another output folder',
  );
}

/** The stages of a run that is overwritten are runs, each as it was written, and nobody writes in them. */
async function requireOwnStages(directory: string, { wrote }: RunMarker): Promise<void> {
  for (const entry of wrote.filter((path) => path.startsWith('stages/'))) {
    const stage = join(directory, entry);
    const marker = await readMarker(stage);
    if (!marker) continue;
    await requireUnlocked(stage);
    await requireOwn({ directory: stage }, marker);
  }
}

/** Nothing that the recipe reads may be removed or replaced. */
async function requireNoInput(intent: RunIntent, marker: RunMarker): Promise<void> {
  const { directory, inputs = [], resume } = intent;
  const home = await realPath(directory);
  for (const { what, path, role } of inputs) {
    const place = await realPath(path);
    const places = [place, ...(await linkedFrom(place))];
    for (const name of topNames(intent, marker)) {
      const target = join(home, name);
      if (!places.some((read) => isWithin(read, target))) continue;
      if (role === 'recipe' && name === 'recipe.yaml') continue;
      if (role === 'adapter' && place === target && isOwnAdapter(name)) continue;
      const harm = resume
        ? `going on in ${directory} would write there`
        : `overwriting ${directory} would remove it`;
      throw refuse(
        'output-is-input',
        `${path} is ${what} that the recipe reads, and ${harm}`,
        path,
        `another output folder, or ${what} kept elsewhere`,
      );
    }
  }
}

/** Where the links in a folder lead: the files of a model or an adapter may lie elsewhere than its folder. */
async function linkedFrom(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const links = entries.filter((entry) => entry.isSymbolicLink());
  return Promise.all(links.map(({ name }) => realPath(join(folder, name))));
}

function isOwnAdapter(name: string): name is 'adapter' | 'start' {
  return name === 'adapter' || name === 'start';
}

/** In which part of a run's folder the adapter that the recipe goes on with lies, if it lies in one. */
export async function ownAdapter(
  directory: string,
  from: string,
): Promise<'adapter' | 'start' | undefined> {
  const place = await realPath(from);
  const home = await realPath(directory);
  return (['adapter', 'start'] as const).find((name) => place === join(home, name));
}

/** What is in a folder, but for the lock, what filters were answered, and what a killed process left half written. */
async function namesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw unusable(directory, error);
  });
  return names.filter((name) => name !== lockName && name !== answersName && !isLeftover(name));
}

async function notARun({ directory, inputs = [] }: RunIntent): Promise<TunesmithError> {
  const home = await realPath(directory);
  const held: string[] = [];
  for (const { what, path, role } of inputs)
    if (role !== 'recipe' && isWithin(await realPath(path), home)) held.push(what);
  const read =
    held.length > 0 ? `; it holds ${[...new Set(held)].join(', ')} that the recipe reads` : '';
  return refuse(
    'not-a-run',
    `${directory} holds no run, so it will not be overwritten${read}`,
    directory,
    `a new folder, or one in which a run was written: such a folder has a ${markerName}`,
  );
}

/** The error for a folder that the system does not let a run use. */
export function unusable(directory: string, error: NodeJS.ErrnoException): TunesmithError {
  const kind = fromSystem(error, 'tunesmith')?.kind;
  return new TunesmithError({
    package: 'tunesmith',
    code: 'output-unusable',
    message: `the output folder ${directory} cannot be used: ${systemReason(error) ?? error.message}`,
    value: directory,
    ...(kind === 'failure' ? { kind } : { accepted: 'a folder' }),
    cause: error,
  });
}

function refuse(code: string, message: string, value: unknown, accepted: string): TunesmithError {
  return new TunesmithError({ package: 'tunesmith', code, message, value, accepted });
}
