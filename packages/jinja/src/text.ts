/** Python's white space (`str.isspace`), for the inside of a character class. */
export const space =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

const spaceCharacter = new RegExp(`^[${space}]$`);
const surrogate = /[\uD800-\uDFFF]/;

/** Whether a character is white space in Python. */
export function isSpace(character: string): boolean {
  return spaceCharacter.test(character);
}

/** Whether one UTF-16 unit of the text is one character, as in nearly all texts. */
export function isPlain(text: string): boolean {
  return !surrogate.test(text);
}

/** The characters (code points) of a text: Python counts these. */
export function characters(text: string): readonly string[] {
  return isPlain(text) ? text.split('') : Array.from(text);
}

/** Number of characters (code points). */
export function lengthOf(text: string): number {
  if (isPlain(text)) return text.length;
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Characters `[start, end)`, both within the text. */
export function cut(text: string, start: number, end: number): string {
  if (isPlain(text)) return text.slice(start, Math.max(start, end));
  return Array.from(text).slice(start, Math.max(start, end)).join('');
}

/** Takes white space, or the characters of `strip`, from the ends of a text. */
export function stripText(
  text: string,
  strip: string | undefined,
  left: boolean,
  right: boolean,
): string {
  const taken = strip === undefined ? undefined : new Set(Array.from(strip));
  const goes = (character: string): boolean =>
    taken === undefined ? isSpace(character) : taken.has(character);
  if (strip !== undefined && !isPlain(strip)) {
    const all = Array.from(text);
    const start = left ? all.findIndex((character) => !goes(character)) : 0;
    if (start < 0) return '';
    const end = right ? all.findLastIndex((character) => !goes(character)) + 1 : all.length;
    return all.slice(start, end).join('');
  }
  let start = 0;
  let end = text.length;
  if (left) while (start < end && goes(text[start]!)) start += 1;
  if (right) while (end > start && goes(text[end - 1]!)) end -= 1;
  return text.slice(start, end);
}

/** Order of two texts by code points, as Python's: negative, zero or positive. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (isPlain(a) && isPlain(b)) return a < b ? -1 : 1;
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

const lineEnds = '\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029';

/** The lines of a text as `str.splitlines` finds them. */
export function splitLines(text: string, keepEnds = false): string[] {
  const lines: string[] = [];
  const end = new RegExp(`\\r\\n|[${lineEnds}]`, 'g');
  let start = 0;
  for (const match of text.matchAll(end)) {
    lines.push(text.slice(start, match.index + (keepEnds ? match[0].length : 0)));
    start = match.index + match[0].length;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}

const spaceRun = new RegExp(`([${space}]+)`, 'u');

/** Words and the white space between them, in turn, as Python's `re.split(r'(\s+)', text)` gives them. */
export function wordsAndSpaces(text: string): string[] {
  return text.split(spaceRun);
}
