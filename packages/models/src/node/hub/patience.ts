/** How long things may take. */
export interface Patience {
  /** Milliseconds before the second of several tries; each later one waits twice as long. */
  readonly pause: number;
  /** How often a request is made that fails in a way that may pass, and how often a file is gone on with that brings nothing new. */
  readonly tries: number;
  /** The longest that the hub may ask to wait, in milliseconds. */
  readonly longestWait: number;
  /** How long a host may say nothing, in milliseconds. */
  readonly silence: number;
  /** Milliseconds without a sign of life after which another process is taken for dead. */
  readonly heartbeat: number;
}

/** What suits a network and people. */
export const usualPatience: Patience = {
  pause: 500,
  tries: 5,
  longestWait: 300_000,
  silence: 60_000,
  heartbeat: 15_000,
};

/** The time that an answer asks to wait, in milliseconds: `Retry-After` in seconds or as a date, or `t` of `RateLimit`. */
export function askedWait({ headers }: Response): number | undefined {
  const after = headers.get('retry-after');
  if (after !== null) {
    const seconds = Number(after);
    const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(after) - Date.now();
    if (Number.isFinite(wait)) return Math.max(0, wait);
  }
  const seconds = /\bt=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
