import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { refuse } from '../../errors.ts';
import type { QueueLine } from './state.ts';

/** A file that several processes of a machine write lines to, each at its end. */
export interface QueueLog {
  /** Writes lines at once; they are on the disk afterwards where `safe` says so. */
  append(lines: readonly QueueLine[], safe?: boolean): Promise<void>;
  /** The lines that came since the last call, of all processes. */
  read(): Promise<QueueLine[]>;
  close(): Promise<void>;
}

const header = { queue: 'tunesmith', version: 1 };
const pieceSize = 2 ** 20;

/**
 * Opens the file, and makes it where it is not there.
 *
 * A line begins with a break as well: what a killed process left unfinished is then a line of its own, which nobody can read and
 * everybody passes over.
 *
 * @throws TunesmithError `no-queue` for a file that is something else
 */
export async function openQueueLog(path: string): Promise<QueueLog> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a+');
  let [position, rest] = [0, Buffer.alloc(0)];
  let isOurs = false;
  const writing = new Set<Promise<void>>();
  let reading: Promise<unknown> = Promise.resolve();

  const write = async (lines: readonly object[], safe: boolean): Promise<void> => {
    const bytes = Buffer.from(`\n${lines.map((line) => `${JSON.stringify(line)}\n`).join('')}`);
    const { bytesWritten } = await file.write(bytes);
    // what is left of it is passed over like anything unfinished
    if (bytesWritten < bytes.length) await write(lines, safe);
    else if (safe) await file.datasync();
  };
  const readOn = async (): Promise<QueueLine[]> => {
    const found: QueueLine[] = [];
    for (;;) {
      const piece = Buffer.alloc(pieceSize);
      const { bytesRead } = await file.read(piece, 0, pieceSize, position);
      if (bytesRead === 0) return found;
      position += bytesRead;
      const all = Buffer.concat([rest, piece.subarray(0, bytesRead)]);
      const end = all.lastIndexOf(0x0a) + 1;
      rest = all.subarray(end);
      for (const text of all.toString('utf8', 0, end).split('\n')) {
        if (text === '') continue;
        const line = lineOf(text);
        isOurs ||= line !== undefined && 'queue' in line;
        if (!isOurs) throw noQueue(path, text);
        if (line !== undefined) found.push(line);
      }
    }
  };
  const log: QueueLog = {
    // lines do not wait for one another: what one process writes at a time goes to the end of the file as it is
    async append(lines, safe = false) {
      const mine = write(lines, safe);
      writing.add(mine);
      await mine.finally(() => writing.delete(mine));
    },
    read() {
      const mine = reading.then(readOn);
      reading = mine.catch(() => undefined);
      return mine;
    },
    async close() {
      await Promise.allSettled([...writing, reading]);
      await file.close();
    },
  };
  try {
    if ((await file.stat()).size === 0) await write([header], true);
    return log;
  } catch (error) {
    await file.close();
    throw error;
  }
}

function lineOf(text: string): QueueLine | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as QueueLine) : undefined;
  } catch {
    return undefined;
  }
}

function noQueue(path: string, text: string): Error {
  return refuse({
    code: 'no-queue',
    message: `${path} is no queue: it begins with ${JSON.stringify(text.slice(0, 60))}`,
    value: path,
    accepted: 'a new file, or one that was made as a queue',
  });
}
