/** Lets text through until a stop string appears, holding back what may be the beginning of one. */
export interface StopFilter {
  /**
   * Text that is certainly not part of a stop string, and whether one was found.
   *
   * @param hidden the text of a special token: it may be part of a stop string, and is never let through
   */
  push(text: string, hidden?: boolean): { text: string; stopped: boolean };
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
 * A filter for stop strings, which may begin and end inside tokens, and hold special tokens.
 *
 * @param stops texts at which to stop, none empty; they are not let through
 */
export function createStopFilter(stops: readonly string[]): StopFilter {
  let pending = '';
  /** Of each character that is pending, whether it may be shown. */
  let shown: boolean[] = [];
  /** Takes the first characters away; what of them may be shown. */
  const release = (length: number): string => {
    let text = '';
    for (let i = 0; i < length; i++) if (shown[i]) text += pending[i]!;
    pending = pending.slice(length);
    shown = shown.slice(length);
    return text;
  };
  return {
    push(text, hidden = false) {
      pending += text;
      for (let i = 0; i < text.length; i++) shown.push(!hidden);
      const at = firstStop(pending, stops);
      if (at >= 0) {
        const rest = release(at);
        release(pending.length);
        return { text: rest, stopped: true };
      }
      return { text: release(pending.length - heldLength(pending, stops)), stopped: false };
    },
    flush: () => release(pending.length),
  };
}
