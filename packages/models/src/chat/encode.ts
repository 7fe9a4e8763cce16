import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { Span } from './spans.ts';

/** Token ids of a text, and which of them lie in its spans. */
export interface EncodedSpans {
  readonly ids: number[];
  /** For each id, whether the model must write it. */
  readonly inSpan: boolean[];
}

/**
 * Encodes a piece as it would be encoded in the middle of a text. Some tokenizers put a space before every text; a
 * special token in front keeps them from it and is dropped again.
 */
function encodeContinuation(tokenizer: Tokenizer, piece: string): number[] {
  const alone = tokenizer.encode(piece, { special: false });
  const pivot = tokenizer.bos ?? tokenizer.eos;
  const pivotText = pivot === undefined ? undefined : tokenizer.token(pivot);
  if (pivotText === undefined) return alone;
  const [first, ...rest] = tokenizer.encode(pivotText + piece, { special: false });
  return first === pivot && tokenizer.decode(rest) === piece ? rest : alone;
}

/**
 * Encodes a text piece by piece, cut at the borders of its spans, without special tokens of the tokenizer's own.
 *
 * No token straddles a border, so the prompt's ids are exactly those that generation starts from.
 *
 * @param text a rendered conversation
 * @param spans in order, not overlapping: see {@link renderChat}
 */
export function encodeSpans(tokenizer: Tokenizer, text: string, spans: readonly Span[]): EncodedSpans {
  const ids: number[] = [];
  const inSpan: boolean[] = [];
  let position = 0;
  const add = (end: number, inside: boolean): void => {
    if (end <= position) return;
    const piece = text.slice(position, end);
    const encoded = position === 0 ? tokenizer.encode(piece, { special: false }) : encodeContinuation(tokenizer, piece);
    for (const id of encoded) {
      ids.push(id);
      inSpan.push(inside);
    }
    position = end;
  };
  for (const { start, end } of spans) {
    add(start, false);
    add(end, true);
  }
  add(text.length, false);
  return { ids, inSpan };
}
