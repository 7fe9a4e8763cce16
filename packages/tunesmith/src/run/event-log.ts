import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { systemReason, TunesmithError, type RunEvent } from '@tunesmith/schema';
import { eventsIn, lineOf, type EventLog } from './events.ts';

/**
 * Opens `events.jsonl` to append to. Each event is one write of one line, so a process killed at any moment leaves whole
 * lines; if a crash of the machine left half a line, it is ended first, and readers pass over it.
 */
export function openEventLog(file: string): EventLog {
  const descriptor = openSync(file, 'a+');
  const { size } = fstatSync(descriptor);
  if (size > 0) {
    const last = Buffer.alloc(1);
    readSync(descriptor, last, 0, 1, size - 1);
    if (last.toString() !== '\n') writeSync(descriptor, '\n');
  }
  return {
    append(event) {
      const line = Buffer.from(lineOf(event));
      try {
        // A disk that is nearly full takes a part of the line, and refuses only the next write.
        for (let done = 0; done < line.length;) done += writeSync(descriptor, line, done);
      } catch (cause) {
        throw new TunesmithError({
          package: 'tunesmith',
          code: 'write-failed',
          kind: 'failure',
          message: `cannot write to ${file}: ${systemReason(cause) ?? (cause as Error).message}; what stands there is whole`,
          value: file,
          cause,
        });
      }
    },
    async close() {
      fsyncSync(descriptor);
      closeSync(descriptor);
    },
  };
}

/** The events of a run from the file that it writes them to: see {@link eventsIn}. None if there is no file. */
export async function readEvents(file: string): Promise<RunEvent[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return eventsIn(text);
}
