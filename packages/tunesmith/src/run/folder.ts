import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemReason, TunesmithError } from '@tunesmith/schema';
import { requireWritable } from './writable.ts';

/** Where the parts of a run lie. */
export interface RunFolder {
  directory: string;
  recipe: string;
  events: string;
  checkpoints: string;
  adapter: string;
  model: string;
  report: string;
  dataReport: string;
  results: string;
}

/** The paths of a run in `directory`; nothing is read or made. */
export function runFolder(directory: string): RunFolder {
  const home = resolve(directory);
  return {
    directory: home,
    recipe: join(home, 'recipe.yaml'),
    events: join(home, 'events.jsonl'),
    checkpoints: join(home, 'checkpoints'),
    adapter: join(home, 'adapter'),
    model: join(home, 'model'),
    report: join(home, 'report.html'),
    dataReport: join(home, 'data-report.json'),
    results: join(home, 'results.json'),
  };
}

/** Everything a run writes into its folder; `overwrite` removes these and nothing else. */
const ownNames = [
  'recipe.yaml',
  'events.jsonl',
  'checkpoints',
  'best',
  'adapter',
  'model',
  'report.html',
  'data-report.json',
  'results.json',
];

/** Whether a run goes on in its folder, or replaces what is there. */
export interface FolderOptions {
  resume?: boolean;
  overwrite?: boolean;
}

/**
 * Checks that a run may be written to `directory`: new or empty, unless told to resume it or to overwrite it. Changes nothing.
 *
 * @returns the names of what an earlier run wrote there
 * @throws TunesmithError `output-exists` where something is there already, `nothing-to-resume` where nothing is,
 * `not-a-run` where overwriting would mean deleting files that no run wrote
 */
export async function checkRunFolder(
  directory: string,
  options: FolderOptions = {},
): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw refuse(
      'output-unusable',
      `the output folder ${directory} cannot be used: ${systemReason(error) ?? error.message}`,
      directory,
      'a folder',
    );
  });
  await requireWritable(directory);
  const own = names.filter((name) => ownNames.includes(name));
  if (options.resume) {
    if (own.length > 0) return own;
    const accepted = 'the folder of a run that was interrupted';
    throw refuse(
      'nothing-to-resume',
      `there is no run in ${directory} to resume`,
      directory,
      accepted,
    );
  }
  if (names.length > 0 && !options.overwrite) {
    const accepted =
      'a new folder, or --resume to go on with the run there, or --overwrite to replace it';
    throw refuse(
      'output-exists',
      `the output folder ${directory} is not empty`,
      directory,
      accepted,
    );
  }
  if (names.length > 0 && own.length === 0) {
    const accepted = 'a folder in which a run was written';
    throw refuse(
      'not-a-run',
      `${directory} holds no run, so it will not be overwritten`,
      directory,
      accepted,
    );
  }
  return own;
}

/** Makes the folder of a run ready, after {@link checkRunFolder}; overwriting removes what the earlier run wrote and nothing else. */
export async function openRunFolder(
  directory: string,
  options: FolderOptions = {},
): Promise<RunFolder> {
  const own = await checkRunFolder(directory, options);
  const folder = runFolder(directory);
  if (!options.resume) {
    for (const name of own) await rm(join(folder.directory, name), { recursive: true });
  }
  await mkdir(folder.directory, { recursive: true });
  return folder;
}

function refuse(code: string, message: string, value: unknown, accepted: string): TunesmithError {
  return new TunesmithError({ package: 'tunesmith', code, message, value, accepted });
}
