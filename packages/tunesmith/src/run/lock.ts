import { randomUUID } from 'node:crypto';
import {
  constants,
  copyFile,
  link,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { TunesmithError } from '@tunesmith/schema';
import { processStart } from './process-start.ts';

/** The file that a process keeps in a run's folder while it writes there. */
export const lockName = 'run.lock';

/** Who writes in a folder. */
interface Holder {
  token: string;
  pid: number;
  /** When that process began; see `processStart`. */
  started: string;
  host: string;
  /** The folder's own number: in a copy of the folder it is another one. */
  folder: string;
}

/** A holder says this often that it is there; on another machine, silence for longer than `silence` is its end. */
const beat = 5_000;
const silence = 60_000;

/** A folder in which no other process writes. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes a folder for this process. A lock that a killed process left, or that came along with a copy of the folder, is no
 * obstacle.
 *
 * @throws TunesmithError `run-locked` naming the process that writes there
 */
export async function lockFolder(directory: string): Promise<Lock> {
  const path = join(directory, lockName);
  const started = (await processStart(process.pid)) ?? 'unknown';
  const folder = await folderNumber(directory);
  const token = randomUUID();
  const mine: Holder = { token, pid: process.pid, started, host: hostname(), folder };
  const text = `${JSON.stringify(mine)}\n`;
  const beside = `${path}.${token}`;
  try {
    await writeFile(beside, text);
    if (!(await isPlaced(beside, path))) {
      await requireUnlocked(directory);
      // What stands there is a dead process's. Of several that take over at once, the last one to write has it.
      await rename(beside, path);
      await wait(100);
      await requireUnlocked(directory, token);
    }
  } finally {
    await rm(beside, { force: true });
  }
  const timer = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, beat).unref();
  return {
    async release() {
      clearInterval(timer);
      if ((await holderOf(path))?.token === token) await rm(path, { force: true });
    },
  };
}

/** Gives a whole file its place, unless something stands there: never is there a lock that does not say whose it is. */
async function isPlaced(file: string, place: string): Promise<boolean> {
  const isTaken = (error: NodeJS.ErrnoException): boolean => error.code === 'EEXIST';
  try {
    await link(file, place);
    return true;
  } catch (error) {
    if (isTaken(error as NodeJS.ErrnoException)) return false;
  }
  // Some file systems know no second name of a file.
  try {
    await copyFile(file, place, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (isTaken(error as NodeJS.ErrnoException)) return false;
    throw error;
  }
}

/** Makes sure that no process writes in a folder; changes nothing. @throws TunesmithError `run-locked` */
export async function requireUnlocked(directory: string, token?: string): Promise<void> {
  const path = join(directory, lockName);
  const holder = await holderOf(path);
  if (!holder || holder.token === token || !(await isAlive(holder, directory, path))) return;
  const where = holder.host === hostname() ? '' : ` on ${holder.host}`;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'run-locked',
    message: `another process${where} (${holder.pid}) is writing the run in ${directory}`,
    value: holder.pid,
    accepted: 'another output folder, or waiting until that process has ended',
  });
}

async function isAlive(holder: Holder, directory: string, path: string): Promise<boolean> {
  if (holder.folder !== (await folderNumber(directory))) return false;
  if (holder.host === hostname()) return (await processStart(holder.pid)) === holder.started;
  const heard = await stat(path).catch(() => undefined);
  return heard !== undefined && Date.now() - heard.mtimeMs < silence;
}

async function holderOf(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

async function folderNumber(directory: string): Promise<string> {
  const { dev, ino } = await stat(directory, { bigint: true });
  return `${dev}:${ino}`;
}
