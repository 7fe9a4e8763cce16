import {
  lostWorkerOptions,
  carriedError,
  TunesmithError,
  type CarriedError,
  type JobEnd,
  type JobQueue,
  type JobResult,
  type QueuedJob,
  type QueuePlugin,
  type WorkOptions,
} from '@tunesmith/schema';
import type { Job, Queue, QueueEvents, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { importInstalled } from '../plugins/packages.ts';

/** How a queue on Redis is kept. */
export interface BullmqOptions {
  readonly url: string;
  /** What all its keys begin with. */
  readonly prefix: string;
  /** Seconds without a sign of life after which a worker is taken for lost. */
  readonly lease: number;
  /** How many times a job is begun at most. */
  readonly attempts: number;
}

/** The packages that it is built on. */
export interface BullmqModules {
  readonly bullmq: {
    readonly Queue: typeof Queue;
    readonly QueueEvents: typeof QueueEvents;
    readonly Worker: typeof Worker;
  };
  readonly ioredis: { readonly Redis: typeof Redis };
}

/** How often jobs that are waited for are looked after, whatever events say, in milliseconds. */
const lookAfter = 5000;

/** A queue on a Redis server, through BullMQ. */
export const bullmqQueue: QueuePlugin = {
  specVersion: 2,
  name: 'bullmq',
  description:
    'A queue on a Redis server, for machines that reach it; the packages bullmq and ioredis are installed apart.',
  options: {
    type: 'object',
    required: ['url'],
    additionalProperties: false,
    properties: {
      url: {
        type: 'string',
        minLength: 1,
        description: 'The address of the server: redis://host:6379/0, rediss:// for TLS.',
      },
      prefix: {
        type: 'string',
        minLength: 1,
        default: 'tunesmith',
        description: 'What the names of its keys begin with.',
      },
      ...lostWorkerOptions,
    },
  },
  async open(options) {
    const [bullmq, ioredis] = await Promise.all(
      ['bullmq', 'ioredis'].map((name) => importInstalled(name, 'bullmq ioredis')),
    );
    return openBullmqQueue(
      options as unknown as BullmqOptions,
      {
        bullmq,
        ioredis,
      } as unknown as BullmqModules,
    );
  },
};

/**
 * A queue on Redis. BullMQ hands jobs out, with a lock that its worker renews, and gives those of lost workers to others; a result is a
 * key of its own, set where there is none (`SET … NX`) before the job is finished. So the first result stays, also one that comes after its
 * worker was taken for lost, and a job that is handed out again finds it there.
 *
 * @throws TunesmithError `unreachable`
 */
export async function openBullmqQueue(
  { url, prefix, lease, attempts: mostAttempts }: BullmqOptions,
  { bullmq, ioredis }: BullmqModules,
): Promise<JobQueue> {
  const redis = await connected(url, ioredis);
  const settings = { connection: redis, prefix };
  const queues = new Map<string, Queue>();
  const events = new Map<string, QueueEvents>();
  const workers = new Set<Worker>();
  const waiting = new Map<string, Set<() => void>>();
  const onError = (): void => {};

  const queueOf = (topic: string): Queue => {
    const known = queues.get(topic);
    if (known) return known;
    const queue = new bullmq.Queue(nameOf(topic), settings);
    queue.on('error', onError);
    queues.set(topic, queue);
    return queue;
  };
  /** Hears of finished jobs of a topic. */
  const hear = async (topic: string): Promise<void> => {
    const known = events.get(topic);
    if (known) return void (await known.waitUntilReady());
    const heard = new bullmq.QueueEvents(nameOf(topic), settings);
    events.set(topic, heard);
    heard.on('error', onError);
    const tell = ({ jobId }: { jobId: string }): void =>
      waiting.get(jobId)?.forEach((one) => one());
    heard.on('completed', tell);
    heard.on('failed', tell);
    await heard.waitUntilReady();
  };
  const resultKey = (topic: string, key: string): string =>
    `${prefix}:${nameOf(topic)}:result:${key}`;

  /** Puts a job where the queue does not know it; what it came to, where it is finished. */
  const ask = async ({
    topic,
    key,
    data,
  }: QueuedJob): Promise<JobResult | CarriedError | undefined> => {
    const queue = queueOf(topic);
    await queue.add('job', data, { jobId: key, attempts: 1 });
    const state = await queue.getJobState(key);
    if (state !== 'completed' && state !== 'failed') return undefined;
    const job = (await queue.getJob(key)) as Job | undefined;
    if (state === 'failed') return job && failureOf(job);
    const value = await redis.get(resultKey(topic, key));
    if (value !== null) return { value: JSON.parse(value), attempts: job?.attemptsStarted ?? 1 };
    // a result that the server lost is worked for again
    await job?.remove();
    return undefined;
  };
  const letGo = async ({ topic, key }: Pick<QueuedJob, 'topic' | 'key'>): Promise<void> => {
    await queueOf(topic).remove(key);
    await redis.del(resultKey(topic, key));
  };

  return {
    async result(job, { signal } = {}) {
      signal?.throwIfAborted();
      await hear(job.topic);
      const { key } = job;
      // a failure that is there is one of an earlier time
      const before = await ask(job);
      if (before && 'code' in before) await letGo(job);
      const heard = waiting.get(key) ?? new Set<() => void>();
      waiting.set(key, heard);
      let listener: (() => void) | undefined;
      try {
        for (;;) {
          const next = new Promise<void>((resolve) => (listener = resolve));
          heard.add(listener!);
          const found = await ask(job);
          if (found && 'code' in found) {
            await letGo(job);
            throw new TunesmithError(found);
          }
          if (found) return found;
          await orLater(next, signal);
          heard.delete(listener!);
          signal?.throwIfAborted();
        }
      } finally {
        heard.delete(listener!);
        if (heard.size === 0) waiting.delete(key);
      }
    },
    async forget(jobs) {
      await Promise.all(jobs.map(letGo));
    },
    async work(topic, handle, { atOnce, signal, onEnd }: WorkOptions) {
      if (signal.aborted) return;
      const tell = (end: JobEnd): void => onEnd?.(end);
      const worker = new bullmq.Worker(
        nameOf(topic),
        async ({ id = '', data }: Job) => {
          const place = resultKey(topic, id);
          if ((await redis.exists(place)) === 1) return;
          let value: unknown;
          try {
            value = await handle(data);
          } catch (error) {
            tell('failed');
            throw new Error(JSON.stringify(carriedError(error, 'tunesmith')));
          }
          const isFirst = await redis.set(place, JSON.stringify(value ?? null), 'NX');
          tell(isFirst === 'OK' ? 'done' : 'late');
        },
        {
          ...settings,
          concurrency: atOnce,
          lockDuration: lease * 1000,
          stalledInterval: (lease * 1000) / 2,
          maxStalledCount: mostAttempts - 1,
        },
      );
      // a job that another worker finished in the meantime is no failure
      worker.on('error', onError);
      workers.add(worker);
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
        worker.on('closed', () => resolve());
      });
      await worker.close();
      workers.delete(worker);
    },
    async close() {
      for (const worker of workers) await worker.close(true);
      for (const heard of events.values()) await heard.close();
      for (const queue of queues.values()) await queue.close();
      redis.disconnect();
    },
  };
}

/** A topic as the name of a queue, which has no colon. */
function nameOf(topic: string): string {
  return encodeURIComponent(topic);
}

/** Waits for an event, for the signal, or for the time when what is waited for is looked after. */
async function orLater(next: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  let stop = (): void => {};
  const later = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, lookAfter);
    const end = (): void => resolve();
    signal?.addEventListener('abort', end);
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    };
  });
  await Promise.race([next, later]);
  stop();
}

/** A worker's failure as it carried it; BullMQ's own words where too many workers were lost. */
function failureOf({ failedReason, id = '', attemptsStarted }: Job): CarriedError {
  try {
    const { package: named, code, message, kind, value } = JSON.parse(failedReason) as CarriedError;
    return { package: named, code, message, ...(kind ? { kind } : {}), value };
  } catch {
    return {
      package: 'tunesmith',
      code: 'worker-lost',
      kind: 'failure',
      message: `${attemptsStarted} workers were lost over the request ${id}: ${failedReason}`,
      value: attemptsStarted,
    };
  }
}

async function connected(url: string, { Redis }: BullmqModules['ioredis']): Promise<Redis> {
  let isOpen = false;
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    // a server that was never there is an error; one that goes away is waited for
    retryStrategy: (times) => (isOpen ? Math.min(times * 200, 5000) : null),
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
  } catch (cause) {
    throw new TunesmithError({
      package: 'tunesmith',
      kind: 'failure',
      code: 'unreachable',
      message: `no Redis server answers at ${withoutPassword(url)}: ${(cause as Error).message}`,
      value: withoutPassword(url),
      accepted: 'the address of a server that runs: redis://host:6379',
      cause,
    });
  }
  isOpen = true;
  return redis;
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//…@');
}
