import { endOfString } from './duplicate-keys.ts';

/** A string's beginning, or a number of JSON. */
const stringOrNumber = /"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * A JSON text with its whole numbers beyond 2^53 as strings of their digits, so that `JSON.parse` rounds none; undefined where it
 * has none.
 *
 * @param text a valid JSON text
 */
export function withLargeIntegersAsText(text: string): string | undefined {
  if (!/\d{16}/.test(text)) return undefined;
  const pieces: string[] = [];
  let from = 0;
  stringOrNumber.lastIndex = 0;
  for (let found = stringOrNumber.exec(text); found; found = stringOrNumber.exec(text)) {
    const [token] = found;
    if (token === '"') {
      stringOrNumber.lastIndex = endOfString(text, found.index);
      continue;
    }
    if (!/^-?\d+$/.test(token) || Number.isSafeInteger(Number(token))) continue;
    pieces.push(text.slice(from, found.index), `"${token}"`);
    from = found.index + token.length;
  }
  return from === 0 ? undefined : [...pieces, text.slice(from)].join('');
}
