import type { CarriedError } from '@tunesmith/schema';

/** A line of a queue's file. */
export type QueueLine =
  | { readonly put: string; readonly topic: string; readonly data: unknown }
  | { readonly take: string; readonly attempt: number; readonly worker: string }
  | {
      readonly done: string;
      readonly attempt: number;
      readonly worker: string;
      readonly value: unknown;
    }
  | {
      readonly failed: string;
      readonly attempt: number;
      readonly worker: string;
      readonly error: CarriedError;
    }
  | { readonly beat: string }
  | { readonly forget: readonly string[] };

/** A job as the lines up to now have it. */
export interface QueueEntry {
  readonly topic: string;
  readonly data: unknown;
  /** How many times it was begun. */
  readonly attempt: number;
  /** Who began it last. */
  readonly worker?: string;
  readonly outcome?:
    | { readonly value: unknown; readonly worker: string }
    | { readonly error: CarriedError };
}

/** Jobs by key, in the order they were put. */
export type QueueState = Map<string, QueueEntry>;

/**
 * Puts a line into the state. The order of lines in the file is the same for all who read it, so that all agree on who began a job
 * (the first line that takes the attempt after the last one) and on its result (the first one).
 */
export function applyLine(state: QueueState, line: QueueLine): void {
  if ('put' in line) {
    const { put: key, topic, data } = line;
    const known = state.get(key);
    if (known === undefined || isFailed(known)) state.set(key, { topic, data, attempt: 0 });
  } else if ('take' in line) {
    const { take: key, attempt, worker } = line;
    const known = state.get(key);
    if (known && !known.outcome && attempt === known.attempt + 1)
      state.set(key, { ...known, attempt, worker });
  } else if ('done' in line) {
    const { done: key, value, worker } = line;
    const known = state.get(key);
    if (known && (!known.outcome || isFailed(known)))
      state.set(key, { ...known, outcome: { value, worker } });
  } else if ('failed' in line) {
    const { failed: key, attempt, error } = line;
    const known = state.get(key);
    // a worker that was taken for lost does not speak for the one that has it now
    if (known && !known.outcome && attempt === known.attempt)
      state.set(key, { ...known, outcome: { error } });
  } else if ('forget' in line) for (const key of line.forget) state.delete(key);
}

function isFailed({ outcome }: QueueEntry): boolean {
  return outcome !== undefined && 'error' in outcome;
}
