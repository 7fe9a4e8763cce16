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

/** The longest text a special token has; more than any model uses. */
const longestToken = 64;

/** The special token a text begins with, white space before it included. */
export function leadingSpecial(
  tokenizer: Tokenizer,
  text: string,
): { token: string; end: number } | undefined {
  const rest = text.trimStart();
  if (rest === '') return undefined;
  const [first] = tokenizer.encode(rest.slice(0, longestToken), { special: false });
  const token =
    first !== undefined && tokenizer.isSpecial(first) ? tokenizer.token(first) : undefined;
  if (token === undefined || !rest.startsWith(token)) return undefined;
  return { token, end: text.length - rest.length + token.length };
}

/** The special token a text ends with, white space after it not counted. */
export function trailingSpecial(
  tokenizer: Tokenizer,
  text: string,
): { token: string; end: number } | undefined {
  const rest = text.trimEnd();
  if (rest === '') return undefined;
  const last = tokenizer.encode(rest.slice(-longestToken), { special: false }).at(-1);
  const token = last !== undefined && tokenizer.isSpecial(last) ? tokenizer.token(last) : undefined;
  return token !== undefined && rest.endsWith(token) ? { token, end: rest.length } : undefined;
}
