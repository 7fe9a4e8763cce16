import { decodeHTML } from 'entities/decode';
import { stripText, wordsAndSpaces } from '../text.ts';
import type { Run } from '../values.ts';

/** Text without tags and comments, white space as single spaces, entities as the characters that they name. */
export function stripTags(run: Run, text: string): string {
  run.meter.text(text.length * 2);
  const kept: string[] = [];
  let at = 0;
  for (let open = text.indexOf('<'); open >= 0; open = text.indexOf('<', at)) {
    const isComment = text.startsWith('<!--', open);
    const close = isComment ? text.indexOf('-->', open + 4) : text.indexOf('>', open);
    if (close < 0) break;
    kept.push(text.slice(at, open));
    at = close + (isComment ? 3 : 1);
  }
  const plain = stripText(kept.join('') + text.slice(at), undefined, true, true);
  return unescape(
    wordsAndSpaces(plain)
      .map((word, i) => (i % 2 === 1 ? ' ' : word))
      .join(''),
  );
}

/** Python's `html.unescape`. */
function unescape(text: string): string {
  return text.replace(
    /&(?:#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?|[^\t\n\f <&#;]{1,32};?)/gu,
    (entity, hexadecimal?: string, decimal?: string) => {
      if (hexadecimal !== undefined) return character(Number.parseInt(hexadecimal, 16));
      return decimal === undefined ? decodeHTML(entity) : character(Number(decimal));
    },
  );
}

/** Windows-1252 from 0x80 on, which browsers read such numbers as; those that it does not have are themselves. */
const windows = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

function character(code: number): string {
  if (code === 0 || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return '\ufffd';
  if (code >= 0x80 && code <= 0x9f) return windows[code - 0x80]!;
  if (code === 0x0d) return '\r';
  const isNone =
    (code < 0x20 && code !== 9 && code !== 10 && code !== 12) ||
    code === 0x7f ||
    (code >= 0xfdd0 && code <= 0xfdef) ||
    (code & 0xfffe) === 0xfffe;
  return isNone ? '' : String.fromCodePoint(code);
}
