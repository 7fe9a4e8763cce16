import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemReason, TunesmithError } from '@tunesmith/schema';

const PARTIAL = '.partial-';
const REPLACED = '.replaced-';

/**
 * Writes a folder so that it is either there whole or not at all: `fill` writes into a temporary folder beside it, every
 * file and the folder are flushed to disk, and one rename puts it in place. A folder already at `path` is replaced only
 * then. If anything fails (a full disk, say), the temporary folder is removed and whatever was at `path` stays.
 *
 * @throws TunesmithError `write-failed` naming the folder, what went wrong, and what is still intact.
 */
export async function writeFolder(
  path: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = join(dirname(path), `${PARTIAL}${basename(path)}-${process.pid}`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary);
    await fill(temporary);
    for (const file of await readdir(temporary)) await flush(join(temporary, file));
    await flush(temporary);
    // a folder cannot be renamed over a full one: the old one steps aside first
    const aside = join(dirname(path), `${REPLACED}${basename(path)}`);
    const replaced = await rename(path, aside).then(() => true, isAbsent);
    await rename(temporary, path);
    await flush(dirname(path));
    if (replaced) await rm(aside, { recursive: true, force: true });
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw new TunesmithError({
      package: '@tunesmith/trainer',
      code: 'write-failed',
      kind: 'failure',
      message: `could not write ${path}: ${reason(cause)}; nothing was left half written, earlier folders are intact`,
      value: path,
      cause,
    });
  }
}

/** Clears up after a killed process: temporary folders go, a folder caught in the middle of its replacement comes back. */
export async function recoverFolders(directory: string): Promise<void> {
  const names = await readdir(directory).catch((): string[] => []);
  for (const name of names) {
    const path = join(directory, name);
    if (name.startsWith(PARTIAL)) await rm(path, { recursive: true, force: true });
    if (!name.startsWith(REPLACED)) continue;
    const original = name.slice(REPLACED.length);
    if (names.includes(original)) await rm(path, { recursive: true, force: true });
    else await rename(path, join(directory, original));
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (cause) {
    // some systems cannot flush a folder; its files are flushed by then
    if (!['EISDIR', 'EPERM', 'EINVAL'].includes(codeOf(cause))) throw cause;
  } finally {
    await handle.close();
  }
}

/** False for an error that says a file is not there; any other error is thrown on. */
function isAbsent(cause: unknown): false {
  if (codeOf(cause) === 'ENOENT') return false;
  throw cause;
}

function codeOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}

function reason(cause: unknown): string {
  return systemReason(cause) ?? (cause instanceof Error ? cause.message : String(cause));
}
