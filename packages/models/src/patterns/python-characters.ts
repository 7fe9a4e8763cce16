import { anyOf, characterTest, classSource, literalTest, noneOf } from './characters.ts';
import { PatternProblem, type Reader } from './reader.ts';
import type { CharacterTest } from './syntax.ts';

/** The flags in force at a place of a Python pattern. */
export interface PythonFlags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly verbose: boolean;
  readonly ascii: boolean;
}

// str.isspace, str.isdecimal, and str.isalnum with the underscore.
const unicodeClasses: Readonly<Record<string, string>> = {
  s: String.raw`\t-\r\x1c-\x20\x85\p{Zs}\u2028\u2029`,
  d: String.raw`\p{Nd}`,
  w: String.raw`\p{L}\p{N}_`,
};
const asciiClasses: Readonly<Record<string, string>> = {
  s: String.raw`\t-\r\x20`,
  d: '0-9',
  w: 'a-zA-Z0-9_',
};

/** The test of `\d`, `\s`, `\w` and their opposites. */
export function pythonClass(letter: string, { ascii }: PythonFlags): CharacterTest | undefined {
  const source = (ascii ? asciiClasses : unicodeClasses)[letter.toLowerCase()];
  if (source === undefined) return undefined;
  const test = characterTest(source);
  return letter === letter.toLowerCase() ? test : noneOf(test);
}

const controls: Readonly<Record<string, number>> = {
  a: 7,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
};

/** The code point of an escape that stands for one character; the backslash and the letter are taken already. */
export function escapedCharacter(reader: Reader, letter: string): number {
  const control = controls[letter];
  if (control !== undefined) return control;
  const digits = { x: 2, u: 4, U: 8 }[letter];
  if (digits !== undefined) {
    const hex = reader.match(/[0-9a-fA-F]+/y)?.[0] ?? '';
    reader.at -= Math.max(0, hex.length - digits);
    const code = Number.parseInt(hex.slice(0, digits), 16);
    if (hex.length < digits || code > 0x10ffff)
      throw new PatternProblem(`the escape \\${letter}${hex} is incomplete`);
    return code;
  }
  if (letter === 'N')
    throw new PatternProblem('it names a character, \\N{…}', 'the character itself');
  if (/[a-zA-Z]/.test(letter)) throw new PatternProblem(`\\${letter} is no escape of Python's`);
  return letter.codePointAt(0)!;
}

/** Reads a class after its `[`. */
export function readPythonClass(reader: Reader, flags: PythonFlags): CharacterTest {
  const negated = reader.skip('^');
  const items: CharacterTest[] = [];
  const readItem = (): number | CharacterTest => {
    const character = reader.take();
    if (character !== '\\') return character.codePointAt(0)!;
    const letter = reader.take();
    if (letter === 'b') return 8;
    if (/[0-7]/.test(letter)) {
      const octal = letter + (reader.match(/[0-7]{1,2}/y)?.[0] ?? '');
      const code = Number.parseInt(octal, 8);
      if (code > 0o377) throw new PatternProblem(`the octal escape \\${octal} is above \\377`);
      return code;
    }
    if (/[89]/.test(letter)) throw new PatternProblem(`\\${letter} is no escape of Python's`);
    return pythonClass(letter, flags) ?? escapedCharacter(reader, letter);
  };
  for (let first = true; first || !reader.skip(']'); first = false) {
    if (reader.done()) throw new PatternProblem('a class, […], does not end');
    const low = readItem();
    const start = reader.at;
    if (!reader.skip('-')) {
      items.push(typeof low === 'number' ? literalTest(low, flags.ignoreCase) : low);
      continue;
    }
    if (reader.peek() === ']') {
      reader.at = start;
      items.push(typeof low === 'number' ? literalTest(low, flags.ignoreCase) : low);
      continue;
    }
    const high = readItem();
    if (typeof low !== 'number' || typeof high !== 'number' || high < low)
      throw new PatternProblem('a range of a class, […], goes backwards or has no end');
    items.push(characterTest(`${classSource(low)}-${classSource(high)}`, flags.ignoreCase));
  }
  const test = anyOf(items);
  return negated ? noneOf(test) : test;
}
