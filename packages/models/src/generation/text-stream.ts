import type { Tokenizer } from '../tokenizer/tokenizer.ts';

/** Turns ids into text as they come, without ever splitting a character. */
export interface TextStream {
  /** The text that `id` completes; empty while a character is still incomplete. */
  push(id: number): string;
  /** What is left at the end: an incomplete character shows as U+FFFD. */
  flush(): string;
}

/** Prompt tokens decoded along: decoders treat the beginning of a text differently from its middle. */
const contextTokens = 6;

/**
 * A stream of text after a prompt.
 *
 * The tokens since the last complete character are decoded together with a few before them; what the new tokens add is
 * the difference. Special tokens are left out.
 */
export function createTextStream(tokenizer: Tokenizer, prompt: readonly number[]): TextStream {
  const ids = prompt.slice(-contextTokens);
  let known = 0;
  let read = ids.length;
  const textOf = (from: number, to?: number): string =>
    tokenizer.decode(ids.slice(from, to), { skipSpecial: true });
  const added = (): string => {
    const before = textOf(known, read);
    const now = textOf(known);
    return now.startsWith(before) ? now.slice(before.length) : '';
  };
  const settle = (): void => {
    known = Math.max(known, read - contextTokens);
    read = ids.length;
  };
  return {
    push(id) {
      ids.push(id);
      const text = added();
      if (text === '' || text.endsWith('\uFFFD')) return '';
      settle();
      return text;
    },
    flush() {
      const text = added();
      settle();
      return text;
    },
  };
}
