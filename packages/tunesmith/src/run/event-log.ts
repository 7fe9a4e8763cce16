import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import {
  printable,
  systemReason,
  TunesmithError,
  type EvaluationEvent,
  type RunEvent,
} from '@tunesmith/schema';

/** Writes a run's events, one line each, as they happen. */
export interface EventLog {
  append(event: RunEvent): void;
  close(): void;
}

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
      const line = Buffer.from(`${printable(JSON.stringify(event))}\n`);
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
    close() {
      fsyncSync(descriptor);
      closeSync(descriptor);
    },
  };
}

/**
 * The events of a run, in order; a line that a crash cut off, or that holds no event, is passed over. None if there is no file.
 *
 * A run that went on from a checkpoint did some steps twice, and only the later time counts: of what it had logged before,
 * everything of a later step than that of the checkpoint is left out, and so are the end it had come to and what was
 * measured after it.
 */
export async function readEvents(file: string): Promise<RunEvent[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const events = text.split('\n').flatMap((line) => {
    try {
      const event = JSON.parse(line) as RunEvent | null;
      return typeof event?.type === 'string' ? [event] : [];
    } catch {
      return [];
    }
  });
  let kept: RunEvent[] = [];
  let reached = 0;
  for (const event of events) {
    if (event.type === 'resume') kept = kept.filter(isOlderThan(event.step + 1));
    else if (event.type === 'step' && event.step <= reached)
      kept = kept.filter(isOlderThan(event.step));
    else if (event.type === 'evaluation' && event.phase !== 'during')
      kept = kept.filter((earlier) => !isSameMeasurement(earlier, event));
    if (event.type === 'resume' || event.type === 'step') reached = event.step;
    kept.push(event);
  }
  return kept;
}

/** Whether an event stands when the run does a step again: it is of an earlier one, and tells of no end. */
function isOlderThan(step: number): (event: RunEvent) => boolean {
  return (event) => {
    if (event.type === 'end') return false;
    if (event.type === 'evaluation' && event.phase === 'after') return false;
    return !('step' in event) || event.step === undefined || event.step < step;
  };
}

function isSameMeasurement(one: RunEvent, other: EvaluationEvent): boolean {
  return one.type === 'evaluation' && one.phase === other.phase && one.task === other.task;
}
