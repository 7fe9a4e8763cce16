import { createRandom, TunesmithError, type ChatModel } from '@tunesmith/schema';

/** When and how often a request is made again. */
export interface RetryOptions {
  /** Attempts after the first one. */
  readonly retries?: number;
  /** Seconds before the first of them; each further one waits twice as long, by a random share less. */
  readonly wait?: number;
  /** No wait is longer than so many seconds; a server that asks for a longer one is not asked again. */
  readonly longestWait?: number;
  /** Hears of every attempt that failed. */
  readonly onRetry?: (error: TunesmithError, seconds: number) => void;
  /** What waits, for tests. */
  readonly sleep?: (seconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Codes of failures after which the same request may succeed. */
const passing: readonly string[] = ['rate-limited', 'unreachable', 'server-error', 'no-answer'];

/**
 * A model that is asked again where it did not answer and asking again may help: after `wait · 2^k · (1 − u / 2)` seconds at the k-th
 * attempt, u uniform in [0, 1), or after as long as the server says.
 *
 * @throws TunesmithError the last failure, with the number of attempts in its message
 */
export function retrying(model: ChatModel, options: RetryOptions = {}): ChatModel {
  const { retries = 5, wait = 1, longestWait = 60, onRetry, sleep = pause } = options;
  const random = createRandom(0, `retries of ${model.name}`);
  return {
    ...model,
    async respond(messages, wanted) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await model.respond(messages, wanted);
        } catch (error) {
          if (!TunesmithError.is(error) || !passing.includes(error.code)) throw error;
          const asked = (Object(error.value) as { retryAfter?: number }).retryAfter;
          const seconds =
            asked ?? Math.min(longestWait, wait * 2 ** attempt) * (1 - random.next() / 2);
          if (attempt === retries || seconds > longestWait)
            throw given(error, attempt + 1, seconds, longestWait);
          onRetry?.(error, seconds);
          await sleep(seconds, wanted?.signal);
        }
      }
    },
  };
}

/** The last failure, with what was tried. */
function given(
  error: TunesmithError,
  attempts: number,
  seconds: number,
  longest: number,
): TunesmithError {
  const tooLong =
    seconds > longest ? `; it asks to wait ${Math.ceil(seconds)} s, longer than ${longest}` : '';
  if (attempts === 1 && tooLong === '') return error;
  return new TunesmithError({
    package: error.package,
    code: error.code,
    kind: error.kind,
    message: `${error.message.replace(/^\[[^\]]*\] /, '')} (${attempts} attempt${attempts === 1 ? '' : 's'}${tooLong})`,
    value: error.value,
    cause: error,
  });
}

/** Waits; a signal ends it. */
export function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, seconds * 1000);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}
