import type { Tokenizer } from '../tokenizer/tokenizer.ts';

/** Turns ids into text as they come, without ever splitting a character. */
export interface TextStream {
  /** The text that `id` completes; empty while a character is still incomplete. */
  push(id: number): string;
  /** What is left at the end: an incomplete character shows as U+FFFD. */
  flush(): string;
}

/** Tokens before those that are new that are decoded along: decoders treat the beginning of a text differently from its middle. */
const contextTokens = 6;

/**
 * A stream of text after a prompt.
 *
 * The tokens since the last complete character are decoded together with a few before them; what the new tokens add is
 * the difference. Special tokens are left out. Tokens such as `<0xF0>` are bytes, of which decoders make characters only where all that
 * stand in a row are such: what is decoded along begins where one of these rows does, or a character in it.
 */
export function createTextStream(tokenizer: Tokenizer, prompt: readonly number[]): TextStream {
  const isByte = (id: number | undefined): boolean =>
    id !== undefined && /^<0x[0-9A-Fa-f]{2}>$/.test(tokenizer.token(id) ?? '');
  let start = Math.max(0, prompt.length - contextTokens);
  while (start > 0 && isByte(prompt[start]) && isByte(prompt[start - 1])) start--;
  const ids = prompt.slice(start);
  /** Where decoding may begin: between two characters. */
  let borders = [0];
  let read = ids.length;
  const textOf = (from: number, to?: number): string =>
    tokenizer.decode(ids.slice(from, to), { skipSpecial: true });
  const added = (isLast: boolean): string => {
    const [known = 0] = borders;
    const before = textOf(known, read);
    const now = textOf(known);
    if (now.startsWith(before)) return now.slice(before.length);
    // Bytes that are no character take what stands before them in their row with them, which has been given out.
    return isLast || !isByte(ids.at(-1)) ? textOf(read) : '';
  };
  const settle = (): void => {
    read = ids.length;
    borders.push(read);
    const first = borders.findLastIndex((border) => border <= read - contextTokens);
    borders = borders.slice(Math.max(0, first));
  };
  return {
    push(id) {
      ids.push(id);
      const text = added(false);
      if (text === '' || text.endsWith('\uFFFD')) return '';
      settle();
      return text;
    },
    flush() {
      const text = added(true);
      settle();
      return text;
    },
  };
}
