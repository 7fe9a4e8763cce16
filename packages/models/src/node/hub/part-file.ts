import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '@tunesmith/schema/node';
import { sizeOf } from './cache.ts';

/** What has come of a blob so far, in a file that this process alone writes to. */
export interface PartFile {
  readonly path: string;
  /** Leaves it for whoever goes on with it. */
  release(): Promise<void>;
}

/** Says which machine a part is written on, in eight letters. */
const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/**
 * Takes the place where a blob comes to be: one process at a time has it.
 *
 * What a killed process left is gone on with. While another one is at work this waits, until the blob is whole or that process is
 * dead. Parts are named `<blob>.<machine>-<process>-<letters>.incomplete`, each process's otherwise, and taken over by renaming: of
 * several that try, one does. Should two ever write at once, each writes to a file of its own.
 *
 * @param blob the path that the whole will have
 * @param heartbeat milliseconds after which a process that gives no sign is dead
 * @returns undefined once the blob is there
 */
export async function takePart(
  blob: string,
  { heartbeat, signal }: { readonly heartbeat: number; readonly signal?: AbortSignal | undefined },
): Promise<PartFile | undefined> {
  await mkdir(dirname(blob), { recursive: true });
  const own = `${blob}.${machine}-${process.pid}-${randomBytes(4).toString('hex')}.incomplete`;
  for (;;) {
    if ((await sizeOf(blob)) !== undefined) return undefined;
    const parts = await partsOf(blob);
    const alive = await Promise.all(parts.map((part) => isAlive(part, heartbeat)));
    if (alive.includes(true)) {
      await sleep(Math.min(200, heartbeat / 4), undefined, signal ? { signal } : {});
      continue;
    }
    const [largest, ...others] = await bySize(parts);
    if (largest === undefined) await (await open(own, 'wx')).close();
    // Somebody else has taken it over.
    else if (!(await isTakenOver(largest, own))) continue;
    for (const other of others) await rm(other, { force: true });
    return { path: own, release: keepAlive(own, heartbeat) };
  }
}

async function partsOf(blob: string): Promise<string[]> {
  const start = `${basename(blob)}.`;
  const names = await readdir(dirname(blob));
  return names
    .filter(
      (name) => name.startsWith(start) && /\.[0-9a-f]{8}-\d+-[0-9a-f]{8}\.incomplete$/.test(name),
    )
    .map((name) => join(dirname(blob), name));
}

async function bySize(parts: readonly string[]): Promise<string[]> {
  const sized = await Promise.all(
    parts.map(async (part) => [part, (await sizeOf(part)) ?? 0] as const),
  );
  return sized.toSorted(([, one], [, other]) => other - one).map(([part]) => part);
}

async function isAlive(part: string, heartbeat: number): Promise<boolean> {
  const found = await stat(part).catch(() => undefined);
  if (found === undefined || Date.now() - found.mtimeMs > heartbeat) return false;
  const [, where, pid] = /\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.incomplete$/.exec(part) ?? [];
  return where !== machine || isRunning(Number(pid));
}

async function isTakenOver(part: string, own: string): Promise<boolean> {
  try {
    // It is alive from the moment it has its new name.
    await touch(part, new Date());
    await rename(part, own);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function touch(path: string, time: Date): Promise<void> {
  return utimes(path, time, time);
}

function keepAlive(path: string, heartbeat: number): PartFile['release'] {
  const timer = setInterval(() => {
    touch(path, new Date()).catch(() => undefined);
  }, heartbeat / 5).unref();
  return async () => {
    clearInterval(timer);
    await touch(path, new Date(0)).catch(() => undefined);
  };
}
