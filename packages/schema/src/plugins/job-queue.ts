import type { PluginContract, PluginOptions } from './contract.ts';
import { definePluginKind } from './kind.ts';

/** Work that a queue hands to one of several workers. Everything in it is JSON. */
export interface QueuedJob {
  /** What it is called: of one key there is one result. Letters, digits, `.`, `_`, `-` and `/`, not a number alone. */
  readonly key: string;
  /** Who can do it: a worker takes the jobs of its topics. */
  readonly topic: string;
  /** What is to be done. */
  readonly data: unknown;
}

/** What came of a job. */
export interface JobResult {
  readonly value: unknown;
  /** How many times it was begun: once, and once more for every worker that was lost over it. */
  readonly attempts: number;
}

/** How a worker's handling of a job ended: `late` where the queue had a result of another worker by then. */
export type JobEnd = 'done' | 'failed' | 'late';

/** How jobs are worked on. */
export interface WorkOptions {
  /** Jobs of the topic that are under way at once. */
  readonly atOnce: number;
  /** Ends the work: nothing new is begun, and what is under way is done to its end. */
  readonly signal: AbortSignal;
  /** Hears how each job ended. */
  readonly onEnd?: (end: JobEnd) => void;
}

/**
 * Jobs that several processes share, each under a key that says what it is.
 *
 * - **One result for a key**: that which reaches the queue first. Whoever asks for the key is given that one.
 * - **Nothing is lost**: a job that was put is begun as soon as a worker of its topic is free, and begun again by another one where its
 *   worker gave no sign of life for the time of the queue's `lease`.
 * - **Nothing is begun again otherwise**: attempts beyond the first are as many as workers were lost over the job. A result that reached
 *   the queue is never worked for again.
 * - **A failure is no result**: who asks is given it, and a key that is asked for again is tried again.
 */
export interface JobQueue {
  /**
   * The result of a job, which is put into the queue where its key is not known, once a worker has done it.
   *
   * @throws TunesmithError the worker's; `worker-lost` where too many workers were lost over it; the reason of the signal, and the job
   * stays in the queue
   */
  result(job: QueuedJob, options?: { readonly signal?: AbortSignal }): Promise<JobResult>;
  /** Lets go of results that are kept elsewhere by now. Keys that the queue does not know are none of its business. */
  forget(jobs: readonly Pick<QueuedJob, 'key' | 'topic'>[]): Promise<void>;
  /**
   * Does the jobs of a topic until the signal ends it; fulfilled once the last one is done. What `handle` throws is given to who asked.
   *
   * @param handle the result of a job's data, as JSON
   */
  work(
    topic: string,
    handle: (data: unknown) => Promise<unknown>,
    options: WorkOptions,
  ): Promise<void>;
  /** Gives back what it holds of the machine; jobs and results stay. */
  close(): Promise<void>;
}

/** A way to share jobs, by a name that a command can mention: `{ name: bullmq, url: … }`. */
export interface QueuePlugin extends PluginContract {
  readonly specVersion: 2;
  /** The queue that the options name. Whatever can be wrong with them, and a server that is not there, is thrown here. */
  open(options?: PluginOptions): JobQueue | Promise<JobQueue>;
}

/** How a queue tells that a worker is lost, and when it gives up: options that queues share, as JSON Schema. */
export const lostWorkerOptions = {
  lease: {
    type: 'number',
    exclusiveMinimum: 0,
    default: 60,
    description: 'Seconds without a sign of life after which a worker is taken for lost.',
  },
  attempts: {
    type: 'integer',
    minimum: 1,
    default: 10,
    description: 'How many workers may be lost over a request before it fails.',
  },
} as const;

/** What a {@link QueuePlugin} must have. */
export const queueKind = definePluginKind({
  kind: 'queue',
  package: '@tunesmith/schema',
  specVersion: 2,
  functions: ['open'],
});
