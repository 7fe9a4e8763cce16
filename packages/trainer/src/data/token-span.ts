import type { Tokenizer } from '@tunesmith/models';

/** A range, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The tokens that a range of characters became: every token that holds at least one of its characters.
 *
 * Encoders give no offsets, so the borders are found by encoding the text before them: where that is how the whole text
 * begins, the border lies between two tokens; else a token straddles it, and belongs to the range.
 *
 * @param text what was encoded, without added special tokens
 * @param span characters of it
 * @param ids its tokens
 */
export function tokenSpan(text: string, span: Span, ids: readonly number[], tokenizer: Pick<Tokenizer, 'encode'>): Span {
  const encode = (part: string): number[] => tokenizer.encode(part, { special: false });
  const before = encode(text.slice(0, span.start));
  const start = commonPrefix(before, ids);
  const through = encode(text.slice(0, span.end));
  const reached = commonPrefix(through, ids);
  if (reached === through.length) return { start, end: Math.max(start, reached) };
  const after = encode(text.slice(span.end)).reverse();
  const end = ids.length - commonPrefix(after, [...ids].reverse());
  return { start, end: Math.max(start, reached, end) };
}

function commonPrefix(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
