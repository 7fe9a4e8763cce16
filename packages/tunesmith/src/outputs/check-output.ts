import { lstat, readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TunesmithError } from '@tunesmith/schema';
import { isSamePlace, isWithin, realPath } from './same-place.ts';

/** Something that a job reads, and what to call it. */
export interface Input {
  what: string;
  path: string;
}

/**
 * Checks, before a job does anything, that a file may be written: nothing stands there, and it is neither a file that the
 * job reads nor in a folder that it reads (a `model.safetensors` put beside a model's shards would take their place).
 *
 * @param options.overwrite whether a file that stands there may be replaced; what the job reads never is
 * @throws TunesmithError `output-is-input`, `output-exists`
 */
export async function checkOutputFile(
  path: string,
  inputs: readonly Input[],
  options: { overwrite?: boolean; accepted?: string } = {},
): Promise<void> {
  const { overwrite = false, accepted = 'a new file' } = options;
  const place = await realPath(path);
  for (const input of inputs) {
    if (await isSamePlace(path, input.path))
      throw isInput(`${path} is ${input.what} that is read`, path, accepted);
    if (isWithin(place, await realPath(input.path)))
      throw isInput(`${path} lies in ${input.what} that is read`, path, 'a file elsewhere');
  }
  const found = await lstat(resolve(path)).catch(() => undefined);
  if (found === undefined) return;
  if (found.isDirectory()) throw exists(`"${path}" is a folder`, path, accepted);
  if (!overwrite) throw exists(`${path} exists`, path, accepted);
}

/**
 * Checks, before a job does anything, that a folder may be written: it is new or empty, and no folder that the job reads.
 *
 * @throws TunesmithError `output-is-input`, `output-exists`
 */
export async function checkOutputFolder(path: string, inputs: readonly Input[]): Promise<void> {
  const accepted = 'a new folder';
  for (const input of inputs) {
    if (await isSamePlace(path, input.path))
      throw isInput(`${path} is ${input.what} that is read`, path, accepted);
  }
  const place = resolve(path);
  if ((await lstat(place).catch(() => undefined)) === undefined) return;
  const isFolder = await stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw exists(`${path} is no folder`, path, accepted);
  if ((await readdir(place)).length > 0)
    throw exists(`the folder "${path}" is not empty`, path, accepted);
}

function isInput(message: string, value: string, accepted: string): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'output-is-input',
    message: `${message}, so nothing is written there`,
    value,
    accepted,
  });
}

function exists(message: string, value: string, accepted: string): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'output-exists',
    message,
    value,
    accepted,
  });
}
