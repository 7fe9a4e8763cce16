/** Lets text through until a stop string appears, holding back what may be the beginning of one. */
export interface StopFilter {
  /** Text that is certainly not part of a stop string, and whether one was found. */
  push(text: string): { text: string; stopped: boolean };
  /** What was held back, at the end. */
  flush(): string;
}

/** Length of the longest end of `text` that begins one of the stop strings without completing it. */
function heldLength(text: string, stops: readonly string[]): number {
  let held = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > held; length--) {
      if (text.endsWith(stop.slice(0, length))) held = length;
    }
  }
  return held;
}

/** The first place in `text` where any stop string begins. */
function firstStop(text: string, stops: readonly string[]): number {
  const places = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return places.length > 0 ? Math.min(...places) : -1;
}

/**
 * A filter for stop strings, which may begin and end inside tokens.
 *
 * @param stops texts at which to stop, none empty; they are not let through
 */
export function createStopFilter(stops: readonly string[]): StopFilter {
  let pending = '';
  return {
    push(text) {
      pending += text;
      const at = firstStop(pending, stops);
      if (at >= 0) {
        const rest = pending.slice(0, at);
        pending = '';
        return { text: rest, stopped: true };
      }
      const keep = pending.length - heldLength(pending, stops);
      const free = pending.slice(0, keep);
      pending = pending.slice(keep);
      return { text: free, stopped: false };
    },
    flush() {
      const rest = pending;
      pending = '';
      return rest;
    },
  };
}
