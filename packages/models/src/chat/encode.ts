import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { Span } from './spans.ts';

/** Token ids of a text, and which of them lie in its spans. */
export interface EncodedSpans {
  readonly ids: number[];
  /** For each id, whether the model must write it. */
  readonly inSpan: boolean[];
}

/** Encodes the pieces of a text after its first. */
type EncodeContinuation = (piece: string) => number[];

const continuations = new WeakMap<Tokenizer, EncodeContinuation>();

/**
 * How a tokenizer encodes a piece in the middle of a text. Some put a space before every text; a special token in front
 * keeps them from it and is dropped again.
 */
function continuationOf(tokenizer: Tokenizer): EncodeContinuation {
  const known = continuations.get(tokenizer);
  if (known) return known;
  const alone: EncodeContinuation = (piece) => tokenizer.encode(piece, { special: false });
  const pivot = tokenizer.bos ?? tokenizer.eos;
  const pivotText = pivot === undefined ? undefined : tokenizer.token(pivot);
  const afterPivot: EncodeContinuation = (piece) =>
    tokenizer.encode(pivotText + piece, { special: false }).slice(1);
  const differs = pivotText !== undefined && afterPivot('a').join() !== alone('a').join();
  const encode = differs ? afterPivot : alone;
  continuations.set(tokenizer, encode);
  return encode;
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
  const ids: number[] = [];
  const inSpan: boolean[] = [];
  let position = 0;
  const add = (end: number, inside: boolean): void => {
    if (end <= position) return;
    const piece = text.slice(position, end);
    const encoded =
      position === 0
        ? tokenizer.encode(piece, { special: false })
        : continuationOf(tokenizer)(piece);
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
