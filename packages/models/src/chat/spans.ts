import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { blockEnd, blockStart } from './template.ts';

/** A piece of a text: characters `[start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Takes the marks out of a text and tells what lay between them. Undefined where marks are unbalanced. */
export function unmark(marked: string): { text: string; spans: Span[] } | undefined {
  const spans: Span[] = [];
  let text = '';
  let start: number | undefined;
  for (const piece of marked.split(/([\uFDD0\uFDD1])/)) {
    if (piece === blockStart) {
      if (start !== undefined) return undefined;
      start = text.length;
    } else if (piece === blockEnd) {
      if (start === undefined) return undefined;
      spans.push({ start, end: text.length });
      start = undefined;
    } else text += piece;
  }
  return start === undefined ? { text, spans } : undefined;
}

/** A text without the marks of generation blocks, balanced or not. */
export function withoutMarks(marked: string): string {
  return marked.replace(/[\uFDD0\uFDD1]/g, '');
}

/** A special token in a text: its id, its characters, and where they are. */
export interface SpecialPlace extends Span {
  readonly id: number;
  readonly token: string;
}

/** The special tokens of a text, in order. A token that ends a generation counts, however the vocabulary marks it. */
export function specialsIn(tokenizer: Tokenizer, text: string): SpecialPlace[] {
  const places: SpecialPlace[] = [];
  let from = 0;
  for (const id of tokenizer.encode(text, { special: false })) {
    if (!tokenizer.isSpecial(id) && !tokenizer.endIds.includes(id)) continue;
    const token = tokenizer.token(id);
    const start = token === undefined ? -1 : text.indexOf(token, from);
    if (start < 0) continue;
    from = start + token!.length;
    places.push({ id, token: token!, start, end: from });
  }
  return places;
}

/** The longest text a special token has; more than any model uses. */
const longestToken = 64;

/** The special token a text begins with, white space before it not counted. */
export function leadingSpecial(tokenizer: Tokenizer, text: string): SpecialPlace | undefined {
  const blank = text.length - text.trimStart().length;
  const [first] = specialsIn(tokenizer, text.slice(blank, blank + longestToken));
  return first?.start === 0
    ? { ...first, start: blank, end: blank + first.token.length }
    : undefined;
}

/** A token in angle brackets a text begins with, white space before it not counted, though no file calls it special. */
export function leadingMarker(tokenizer: Tokenizer, text: string): SpecialPlace | undefined {
  const start = text.length - text.trimStart().length;
  const [id] = tokenizer.encode(text.slice(start, start + longestToken), { special: false });
  const token = id === undefined ? undefined : tokenizer.token(id);
  return token !== undefined && /^<[^\s<>]+>$/.test(token) && text.startsWith(token, start)
    ? { id: id!, token, start, end: start + token.length }
    : undefined;
}

/** The special token a text ends with, white space after it not counted. */
export function trailingSpecial(tokenizer: Tokenizer, text: string): SpecialPlace | undefined {
  const rest = text.trimEnd();
  const from = Math.max(0, rest.length - longestToken);
  const last = specialsIn(tokenizer, rest.slice(from)).at(-1);
  return last && from + last.end === rest.length
    ? { ...last, start: from + last.start, end: rest.length }
    : undefined;
}
