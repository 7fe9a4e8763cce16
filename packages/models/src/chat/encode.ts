import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { Span } from './spans.ts';

/** Token ids of a text, and which of them lie in its spans. */
export interface EncodedSpans {
  readonly ids: number[];
  /** For each id, whether the model must write it. */
  readonly inSpan: boolean[];
}

/**
 * Encodes a text piece by piece, cut at the borders of its spans, without special tokens of the tokenizer's own.
 *
 * No token straddles a border, so the prompt's ids are exactly those that generation starts from.
 *
 * @param text a rendered conversation
 * @param spans in order, not overlapping: see {@link renderChat}
 */
export function encodeSpans(
  tokenizer: Tokenizer,
  text: string,
  spans: readonly Span[],
): EncodedSpans {
  const borders = spans.flatMap(({ start, end }) => [start, end]);
  const ids: number[] = [];
  const inSpan: boolean[] = [];
  tokenizer.encodePieces(text, borders).forEach((piece, place) => {
    for (const id of piece) {
      ids.push(id);
      inSpan.push(place % 2 === 1);
    }
  });
  return { ids, inSpan };
}
