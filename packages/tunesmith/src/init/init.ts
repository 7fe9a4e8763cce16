import { access, open, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fromSystem, systemReason, TunesmithError } from '@tunesmith/schema';
import { makeFolders, removeEmpty } from '../run/make-folders.ts';
import { starterFiles } from './starter.ts';

/** What {@link init} wrote. */
export interface Initialized {
  /** The folder, as an absolute path. */
  directory: string;
  /** The files in it. */
  files: string[];
}

/**
 * Writes a first recipe with what it needs into a folder, which is made where it does not exist: 30 rows of instructions and
 * a plugin with a metric of one's own. It trains at once, in seconds, on the model that comes with Tunesmith.
 *
 * @throws TunesmithError `file-exists` if one of the files is there already; nothing is written then. `cannot-write` if the
 * folder cannot be made or written to; nothing is left of what was begun
 */
export async function init(folder: string): Promise<Initialized> {
  const directory = resolve(folder);
  const files = Object.keys(starterFiles);
  const taken = await existing(directory, files);
  if (taken.length > 0) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'file-exists',
      message: `${directory} has ${taken.join(', ')} already`,
      value: taken,
      accepted: 'a folder without them, or a new one',
    });
  }
  let made: string | undefined;
  const begun: string[] = [];
  try {
    made = await makeFolders(directory);
    for (const name of files) {
      // A file that came up in between is not overwritten either, nor removed.
      const file = await open(join(directory, name), 'wx');
      begun.push(name);
      await file.writeFile(starterFiles[name] as string).finally(() => file.close());
    }
  } catch (cause) {
    for (const name of begun) await rm(join(directory, name), { force: true });
    if (made !== undefined) await removeEmpty(directory, made);
    const kind = fromSystem(cause, 'tunesmith')?.kind;
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'cannot-write',
      message: `cannot write into ${directory}: ${systemReason(cause) ?? (cause as Error).message}`,
      value: directory,
      ...(kind === 'failure' ? { kind } : { accepted: 'a folder that can be written to' }),
      cause,
    });
  }
  return { directory, files };
}

async function existing(directory: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    names.map((name) =>
      access(join(directory, name)).then(
        () => [name],
        () => [],
      ),
    ),
  );
  return found.flat();
}
