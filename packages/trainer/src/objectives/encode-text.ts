import type { Tokenizer } from '@tunesmith/models';

/** What a tokenizer's own rules put around a text. */
export interface Around {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Finds what a tokenizer puts around a text: `[CLS] … [SEP]`, `<s> … </s>`, `… </s>`. */
export function aroundOf(tokenizer: Tokenizer): Around {
  const plain = tokenizer.encode('a', { special: false });
  const whole = tokenizer.encode('a');
  const start = whole.findIndex((_, at) => plain.every((id, i) => whole[at + i] === id));
  if (start < 0) return { before: [], after: [] };
  return { before: whole.slice(0, start), after: whole.slice(start + plain.length) };
}

/** Tokens between what stands around them, cut at the end of the text where they are too many; and how many were cut. */
export function enclose(
  ids: readonly number[],
  { before, after }: Around,
  maximumLength: number,
): { ids: number[]; truncated: number } {
  const room = Math.max(0, maximumLength - before.length - after.length);
  return {
    ids: [...before, ...ids.slice(0, room), ...after].slice(0, maximumLength),
    truncated: Math.max(0, ids.length - room),
  };
}
