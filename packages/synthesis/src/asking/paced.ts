import type { ChatModel } from '@tunesmith/schema';
import { pause } from './retrying.ts';

/** How fast a model may be asked. */
export interface PaceOptions {
  /** Requests under way at the same time. */
  readonly atOnce?: number;
  /** Requests begun in any minute. */
  readonly perMinute?: number;
  /** Milliseconds now, and what waits, for tests. */
  readonly now?: () => number;
  readonly sleep?: (seconds: number, signal?: AbortSignal) => Promise<void>;
}

/** A model of which at most so many requests are under way, and at most so many begin in a minute. They begin in the order they came. */
export function paced(model: ChatModel, options: PaceOptions = {}): ChatModel {
  const {
    atOnce = 8,
    perMinute = Infinity,
    now = () => performance.now(),
    sleep = pause,
  } = options;
  const waiting: (() => void)[] = [];
  const begun: number[] = [];
  let running = 0;
  let turn: Promise<void> = Promise.resolve();

  const enter = async (): Promise<void> => {
    if (running < atOnce) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };
  /** Waits until a request may begin: one after the other, so that none counts twice. */
  const begin = (signal?: AbortSignal): Promise<void> => {
    const mine = turn.then(async () => {
      while (begun.length > 0 && begun[0]! <= now() - 60_000) begun.shift();
      if (begun.length >= perMinute) await sleep((begun[0]! + 60_000 - now()) / 1000, signal);
      while (begun.length >= perMinute) begun.shift();
      begun.push(now());
    });
    turn = mine.catch(() => undefined);
    return mine;
  };
  return {
    ...model,
    async respond(messages, wanted) {
      await enter();
      try {
        if (perMinute !== Infinity) await begin(wanted?.signal);
        return await model.respond(messages, wanted);
      } finally {
        leave();
      }
    },
  };
}
