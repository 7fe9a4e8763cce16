import { randomUUID } from 'node:crypto';
import {
  lostWorkerOptions,
  carriedError,
  TunesmithError,
  type JobQueue,
  type JobResult,
  type QueuePlugin,
  type WorkOptions,
} from '@tunesmith/schema';
import { refuse } from '../../errors.ts';
import { openQueueLog } from './log.ts';
import { applyLine, type QueueEntry, type QueueLine, type QueueState } from './state.ts';

/** How a queue in a file is kept. */
export interface FileQueueOptions {
  readonly path: string;
  /** Seconds without a sign of life after which a worker is taken for lost. */
  readonly lease: number;
  /** How many times a job is begun at most. */
  readonly attempts: number;
}

/** How often the file is looked at, in milliseconds. */
const glance = 25;

/** A queue in a file, for the processes of one machine. */
export const fileQueue: QueuePlugin = {
  specVersion: 2,
  name: 'file',
  description: 'A queue in a file, for processes of one machine; it needs no server.',
  options: {
    type: 'object',
    required: ['path'],
    additionalProperties: false,
    properties: {
      path: {
        type: 'string',
        minLength: 1,
        description: 'The file, on a disk of this machine; it is made where it is not there.',
      },
      ...lostWorkerOptions,
    },
  },
  open: (options) => openFileQueue(options as unknown as FileQueueOptions),
};

/**
 * A queue in a file of lines: what was put, who began what, what came of it. Processes add lines at its end and read what others added;
 * the first line that claims something holds, so that no lock is needed, and a process may be killed at any moment.
 *
 * Whether a worker lives is told by its lines, at least one in a quarter of the lease, and by the reader's own clock.
 *
 * @throws TunesmithError `no-queue` for a file that is something else
 */
export async function openFileQueue({
  path,
  lease,
  attempts: mostAttempts,
}: FileQueueOptions): Promise<JobQueue> {
  const log = await openQueueLog(path);
  const state: QueueState = new Map();
  const seen = new Map<string, number>();
  const me = randomUUID();
  /** What waits for the next lines. */
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  const beats = new Set<ReturnType<typeof setInterval>>();
  let failure: unknown;

  const look = async (): Promise<void> => {
    const lines = await log.read();
    for (const line of lines) {
      const worker = signOf(line);
      if (worker !== undefined) seen.set(worker, performance.now());
      applyLine(state, line);
    }
  };
  const write = async (lines: readonly QueueLine[], safe = false): Promise<void> => {
    await log.append(lines, safe);
    await look();
    for (const listener of listeners) listener();
  };
  /** Calls a function now and whenever lines may have come, until what it gives back is called. */
  const listen = (listener: () => void): (() => void) => {
    listeners.add(listener);
    timer ??= setInterval(() => {
      look().then(
        () => listeners.forEach((one) => one()),
        (error: unknown) => {
          failure = error;
          for (const one of listeners) one();
        },
      );
    }, glance);
    queueMicrotask(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  };
  const isLost = (worker: string): boolean =>
    worker !== me && performance.now() - (seen.get(worker) ?? 0) > lease * 1000;
  const isFree = (entry: QueueEntry, topic: string): boolean =>
    entry.topic === topic && !entry.outcome && (entry.worker === undefined || isLost(entry.worker));
  await look().catch(async (error: unknown) => {
    await log.close();
    throw error;
  });

  return {
    async result({ key, topic, data }, { signal } = {}) {
      signal?.throwIfAborted();
      await look();
      const before = state.get(key);
      if (before === undefined || (before.outcome && 'error' in before.outcome))
        await write([{ put: key, topic, data }]);
      const outcome = await new Promise<QueueEntry>((resolve, reject) => {
        const stop = listen(() => {
          const entry = state.get(key);
          if (!signal?.aborted && !failure && entry && !entry.outcome) return;
          stop();
          if (signal?.aborted) reject(signal.reason as Error);
          else if (failure) reject(failure as Error);
          else if (entry) resolve(entry);
          else reject(forgotten(key));
        });
      });
      return resultOf(outcome);
    },
    async forget(jobs) {
      await look();
      const known = jobs.map(({ key }) => key).filter((key) => state.has(key));
      if (known.length > 0) await write([{ forget: known }]);
    },
    async work(topic, handle, { atOnce, signal, onEnd }: WorkOptions) {
      const under = new Set<Promise<void>>();
      const beating = setInterval(() => {
        // a disk that is full is told by the next line of work
        write([{ beat: me }]).catch(() => undefined);
      }, lease * 250);
      beats.add(beating);
      const end = async (line: QueueLine & { done?: string }, key: string): Promise<void> => {
        const isDone = line.done !== undefined;
        const isOthers = (): boolean => {
          const outcome = state.get(key)?.outcome;
          return outcome !== undefined && !('worker' in outcome && outcome.worker === me);
        };
        // Who asked may have taken the answer and forgotten the job by the time that the line is written.
        const wasOthers = isOthers();
        await write([line], isDone);
        const isLate = isDone && (wasOthers || isOthers());
        onEnd?.(isLate ? 'late' : isDone ? 'done' : 'failed');
      };
      const handled = async (key: string, { attempt, data }: QueueEntry): Promise<void> => {
        let line: QueueLine;
        try {
          line = { done: key, attempt, worker: me, value: await handle(data) };
        } catch (error) {
          const told = carriedError(error, '@tunesmith/synthesis');
          line = { failed: key, attempt, worker: me, error: told };
        }
        await end(line, key);
      };
      /** Begins the first job that is free, where it is this worker's; says whether there was one. */
      const begin = async (): Promise<boolean> => {
        const [key, entry] = [...state].find(([, one]) => isFree(one, topic)) ?? [];
        if (key === undefined || entry === undefined) return false;
        if (entry.attempt >= mostAttempts) {
          const { attempt } = entry;
          await write([{ failed: key, attempt, worker: me, error: tooManyLost(key, attempt) }]);
          return true;
        }
        const attempt = entry.attempt + 1;
        await write([{ take: key, attempt, worker: me }]);
        const now = state.get(key);
        if (now?.worker !== me || now.attempt !== attempt || now.outcome) return true;
        const mine = handled(key, now).catch((error: unknown) => {
          failure ??= error;
        });
        under.add(mine);
        void mine.finally(() => under.delete(mine));
        return true;
      };
      try {
        while (!signal.aborted && !failure) {
          await look();
          if (under.size < atOnce && (await begin())) continue;
          await pauseUntil(listen, signal);
        }
        await Promise.all(under);
        if (failure) throw failure as Error;
      } finally {
        clearInterval(beating);
        beats.delete(beating);
      }
    },
    async close() {
      for (const beating of beats) clearInterval(beating);
      failure ??= closed(path);
      for (const listener of listeners) listener();
      await log.close();
    },
  };
}

/** Waits for the next lines, or for the signal. */
function pauseUntil(
  listen: (listener: () => void) => () => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    let isFirst = true;
    const stop = listen(() => {
      // the first call comes at once
      if (isFirst && !signal.aborted) isFirst = false;
      else {
        stop();
        resolve();
      }
    });
  });
}

/** Who shows by a line that it lives. */
function signOf(line: QueueLine): string | undefined {
  if ('beat' in line) return line.beat;
  return 'worker' in line ? line.worker : undefined;
}

function resultOf({ outcome, attempt }: QueueEntry): JobResult {
  if (outcome && 'value' in outcome) return { value: outcome.value, attempts: attempt };
  throw new TunesmithError(
    (outcome as { error: ConstructorParameters<typeof TunesmithError>[0] }).error,
  );
}

function tooManyLost(key: string, attempts: number) {
  return carriedError(
    refuse({
      kind: 'failure',
      code: 'worker-lost',
      message: `${attempts} workers were lost over the request ${key}`,
      value: attempts,
    }),
    '@tunesmith/synthesis',
  );
}

function forgotten(key: string): TunesmithError {
  return refuse({
    kind: 'failure',
    code: 'job-forgotten',
    message: `somebody let the queue forget ${key} while it was waited for`,
    value: key,
    accepted: 'one job at a time under one name',
  });
}

function closed(path: string): TunesmithError {
  return refuse({
    kind: 'failure',
    code: 'queue-closed',
    message: `the queue ${path} was closed while it was waited for`,
    value: path,
  });
}
