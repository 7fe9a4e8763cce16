import { unsupported } from '../errors.ts';
import { characters, isSpace } from '../text.ts';

/** A character in title case, where it differs from upper case for digraphs and ligatures. */
function titleCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  if (
    (code >= 0x1c4 && code <= 0x1cc) ||
    (code >= 0x1f1 && code <= 0x1f3) ||
    (code >= 0x1f80 && code <= 0x1fff)
  ) {
    return unsupported(`the title case of ${character}`);
  }
  const [first, ...rest] = Array.from(character.toUpperCase());
  return first + rest.join('').toLowerCase();
}

/** Python's `str.capitalize`: the first character in title case, the rest in lower case. */
export function capitalize(text: string): string {
  const [first, ...rest] = characters(text);
  return first === undefined ? '' : titleCharacter(first) + lowerAfter(first, rest.join(''));
}

/** Lower case of what follows a character: a final sigma looks back to it. */
function lowerAfter(before: string, text: string): string {
  const lowered = (before + text).toLowerCase();
  return lowered.slice(before.toLowerCase().length);
}

const cased = /[\p{Lowercase}\p{Uppercase}\p{Lt}]/u;

/** How far a capital sigma looks around for the end of its word. */
const wordReach = 64;

/** The lower case of a character at its place: a sigma at the end of a word has a form of its own. */
function lowerAt(text: string, at: number, character: string): string {
  if (character !== 'Σ') return character.toLowerCase();
  const before = text.slice(Math.max(0, at - wordReach), at);
  const around = `${before}Σ${text.slice(at + 1, at + 1 + wordReach)}`;
  return around.toLowerCase()[before.toLowerCase().length]!;
}

/** Python's `str.title`: each cased character after one that is not is in title case, the rest in lower case. */
export function title(text: string): string {
  let before = false;
  let at = 0;
  return Array.from(text, (character) => {
    const written = before ? lowerAt(text, at, character) : titleCharacter(character);
    before = cased.test(character);
    at += character.length;
    return written;
  }).join('');
}

/** Python's `str.swapcase`. */
export function swapCase(text: string): string {
  let at = 0;
  return Array.from(text, (character) => {
    const place = at;
    at += character.length;
    if (/\p{Uppercase}/u.test(character)) return lowerAt(text, place, character);
    return /\p{Lowercase}/u.test(character) ? character.toUpperCase() : character;
  }).join('');
}

/** Python's `str.isupper` (`Uppercase`) or `str.islower` (`Lowercase`). */
export function isCase(text: string, wanted: 'upper' | 'lower'): boolean {
  const [yes, no] =
    wanted === 'upper'
      ? [/\p{Uppercase}/u, /[\p{Lowercase}\p{Lt}]/u]
      : [/\p{Lowercase}/u, /[\p{Uppercase}\p{Lt}]/u];
  return yes.test(text) && !no.test(text);
}

/** Python's `str.istitle`. */
export function isTitle(text: string): boolean {
  let before = false;
  let any = false;
  for (const character of text) {
    if (/[\p{Uppercase}\p{Lt}]/u.test(character)) {
      if (before) return false;
      before = any = true;
    } else if (/\p{Lowercase}/u.test(character)) {
      if (!before) return false;
      any = true;
    } else before = false;
  }
  return any;
}

const every =
  (pattern: RegExp) =>
  (text: string): boolean =>
    pattern.test(text);

/** Python's tests of a whole text, by the method's name. */
export const textTests: Readonly<Record<string, (text: string) => boolean>> = {
  isalpha: every(/^\p{L}+$/u),
  isdecimal: every(/^\p{Nd}+$/u),
  isalnum: every(/^[\p{L}\p{N}]+$/u),
  isascii: every(/^[\0-\x7f]*$/),
  isspace: (text) => text !== '' && Array.from(text).every(isSpace),
  isprintable: (text) => !/[\p{C}\p{Z}]/u.test(text.replaceAll(' ', '')),
  isidentifier: every(/^[\p{ID_Start}_][\p{ID_Continue}]*$/u),
  isupper: (text) => isCase(text, 'upper'),
  islower: (text) => isCase(text, 'lower'),
  istitle: isTitle,
  isdigit(text) {
    if (/^[\p{Nd}\p{No}]+$/u.test(text) && /\p{No}/u.test(text))
      unsupported('isdigit of digits beyond decimal ones');
    return /^\p{Nd}+$/u.test(text);
  },
  isnumeric(text) {
    if (/[\p{Script=Han}]/u.test(text)) unsupported('isnumeric of Chinese characters');
    return /^\p{N}+$/u.test(text);
  },
};
