import type {
  ChatModel,
  ChatResponse,
  JobQueue,
  Message,
  ResponseOptions,
} from '@tunesmith/schema';
import { refuse } from '../errors.ts';
import type { Journal } from './journal.ts';
import { paced, type PaceOptions } from './paced.ts';
import { retrying, type RetryOptions } from './retrying.ts';

/** Requests that workers answer, in processes and on machines of their own. */
export interface SharedRequests {
  readonly queue: JobQueue;
  /** What the job is called in the queue: the same name when it is begun again, another one for another job. */
  readonly run: string;
}

/** A request as workers see it. */
interface QueuedRequest {
  readonly messages: readonly Message[];
  readonly options: ResponseOptions;
}

/**
 * A model whose requests workers answer: see {@link answerQueued}. The queue's key of a request is the job's name with the request's own
 * key, which a journal gives it.
 *
 * @param name the model's; workers that have a model of this name answer
 * @throws TunesmithError `no-key` for a request that no journal named
 */
export function queued(name: string, { queue, run }: SharedRequests): ChatModel {
  return {
    name,
    async respond(messages, { signal, key, ...options } = {}) {
      if (key === undefined)
        throw refuse({
          code: 'no-key',
          message: `a request of "${name}" has no key, by which the queue would know it again`,
          value: messages,
          accepted: 'a model within a journal',
        });
      const data: QueuedRequest = { messages, options };
      const job = { key: `${run}/${key}`, topic: name, data };
      const { value, attempts } = await queue.result(job, signal ? { signal } : {});
      return { ...(value as ChatResponse), ...(attempts > 1 ? { attempts } : {}) };
    },
  };
}

/** A journal that lets the queue forget what it keeps itself. */
export function keptFrom({ queue, run }: SharedRequests, journal: Journal): Journal {
  return {
    ...journal,
    async append(record) {
      await journal.append(record);
      await queue.forget([{ key: `${run}/${record.key}`, topic: record.model }]);
    },
  };
}

/** Lets the queue forget what the journal knew before: a job that was killed may not have come to it. */
export async function forgetKept({ queue, run }: SharedRequests, journal: Journal): Promise<void> {
  const kept = [...journal.records()];
  await queue.forget(kept.map(({ key, model }) => ({ key: `${run}/${key}`, topic: model })));
}

/** How a worker answers. */
export interface AnswerOptions extends RetryOptions, PaceOptions {
  /** Ends the work once what is under way is answered. */
  readonly signal: AbortSignal;
  /** Hears of each request how it ended: `late` where another worker had answered it by then. */
  readonly onEnd?: (end: 'done' | 'failed' | 'late') => void;
  /** Hears of each request that it begins. */
  readonly onBegin?: () => void;
}

/**
 * Answers what jobs ask of a model through a queue, paced and tried again, until the signal ends it.
 *
 * @see queued
 */
export async function answerQueued(
  model: ChatModel,
  queue: JobQueue,
  { signal, onEnd, onBegin, ...options }: AnswerOptions,
): Promise<void> {
  const asked = retrying(paced(model, options), options);
  const { atOnce = 8 } = options;
  await queue.work(
    model.name,
    async (data) => {
      const { messages, options: wanted } = requestOf(data);
      onBegin?.();
      return asked.respond(messages, wanted);
    },
    { atOnce, signal, ...(onEnd ? { onEnd } : {}) },
  );
}

function requestOf(data: unknown): QueuedRequest {
  const { messages, options } = Object(data) as Partial<QueuedRequest>;
  if (Array.isArray(messages) && typeof options === 'object') return { messages, options };
  throw refuse({
    code: 'no-request',
    message: 'a job of the queue is no request',
    value: data,
    accepted: '{ messages, options }, as a job that writes data puts them',
  });
}
