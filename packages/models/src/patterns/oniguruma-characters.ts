import { anyOf, characterTest, classSource, literalTest, noneOf } from './characters.ts';
import { PatternProblem, type Reader } from './reader.ts';
import type { CharacterTest } from './syntax.ts';

/** Oniguruma's named classes, as the insides of JavaScript's. */
const named: Readonly<Record<string, string>> = {
  alpha: String.raw`\p{Alphabetic}`,
  alnum: String.raw`\p{Alphabetic}\p{Nd}`,
  ascii: String.raw`\0-\x7f`,
  blank: String.raw`\t\p{Zs}`,
  cntrl: String.raw`\p{Cc}`,
  digit: String.raw`\p{Nd}`,
  graph: String.raw`\p{L}\p{M}\p{N}\p{P}\p{S}\p{Cf}\p{Co}`,
  lower: String.raw`\p{Lowercase}`,
  print: String.raw`\p{L}\p{M}\p{N}\p{P}\p{S}\p{Cf}\p{Co}\p{Zs}`,
  punct: String.raw`\p{P}\p{S}`,
  space: String.raw`\p{White_Space}`,
  upper: String.raw`\p{Uppercase}`,
  word: String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}`,
  xdigit: '0-9A-Fa-f',
};

const letters: Readonly<Record<string, string>> = {
  d: 'digit',
  h: 'xdigit',
  s: 'space',
  w: 'word',
};

/** Fractions and raised digits of Latin-1, which `\w` takes outside of a class. */
const latinNumbers = String.raw`\xb2\xb3\xb9\xbc-\xbe`;

/** What `\w` takes outside of a class. */
export const wordTest = characterTest(named['word']! + latinNumbers);

/** The test of a named class such as `alpha`. */
function namedTest(name: string, ignoreCase: boolean): CharacterTest {
  const own = named[name.toLowerCase()];
  if (own !== undefined && Object.hasOwn(named, name.toLowerCase()))
    return characterTest(own, ignoreCase);
  for (const property of [name, `Script=${name}`]) {
    if (!/^[A-Za-z_=]+$/.test(property)) break;
    try {
      return characterTest(`\\p{${property}}`, ignoreCase);
    } catch {
      // Not a property of this kind: the next one.
    }
  }
  throw new PatternProblem(`\\p{${name}} is no property that is known`);
}

/** The test of a property: a class of Oniguruma's, or one of Unicode's. */
function propertyTest(name: string, ignoreCase: boolean): CharacterTest {
  if (name.toLowerCase() === 'punct') return characterTest(String.raw`\p{P}`);
  return name.toLowerCase() === 'word' ? wordTest : namedTest(name, ignoreCase);
}

/**
 * The test of `\d`, `\h`, `\s`, `\w`, `\p{…}` and their opposites; the backslash and the letter are taken already.
 *
 * @param insideClass whether it stands between brackets
 */
export function onigurumaClass(
  reader: Reader,
  letter: string,
  ignoreCase: boolean,
  insideClass = false,
): CharacterTest | undefined {
  const lower = letter.toLowerCase();
  if (Object.hasOwn(letters, lower)) {
    const test = lower === 'w' && !insideClass ? wordTest : namedTest(letters[lower]!, false);
    return letter === lower ? test : noneOf(test);
  }
  if (lower !== 'p') return undefined;
  const found = reader.match(/\{(\^?)([^}]*)\}/y);
  if (!found) throw new PatternProblem(`\\${letter} has no property in braces`, `\\${letter}{…}`);
  const test = propertyTest(found[2]!.replaceAll(/[ -]/g, '_'), ignoreCase);
  return (letter === 'P') !== (found[1] === '^') ? noneOf(test) : test;
}

const controls: Readonly<Record<string, number>> = {
  a: 7,
  e: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
};

/** The code point of an escape that stands for one character; the backslash and the letter are taken already. */
export function onigurumaCharacter(reader: Reader, letter: string): number {
  const control = controls[letter];
  if (control !== undefined) return control;
  const hex =
    letter === 'x'
      ? (reader.match(/\{([0-9a-fA-F]{1,8})\}/y)?.[1] ?? reader.match(/[0-9a-fA-F]{1,2}/y)?.[0])
      : letter === 'u'
        ? reader.match(/[0-9a-fA-F]{4}/y)?.[0]
        : undefined;
  if (hex !== undefined) {
    const code = Number.parseInt(hex, 16);
    if (code <= 0x10ffff) return code;
  }
  if (/[0-7]/.test(letter)) {
    const octal = letter + (reader.match(/[0-7]{1,2}/y)?.[0] ?? '');
    return Number.parseInt(octal, 8);
  }
  if (/[A-Za-z]/.test(letter)) throw new PatternProblem(`the escape \\${letter} is not known`);
  return letter.codePointAt(0)!;
}

/** Reads a class after its `[`, with classes inside it and `&&`. */
export function readOnigurumaClass(reader: Reader, ignoreCase: boolean, depth = 0): CharacterTest {
  if (depth > 100) throw new PatternProblem('it has more than 100 classes inside each other');
  const negated = reader.skip('^');
  const operands: CharacterTest[] = [];
  let items: CharacterTest[] = [];
  const readItem = (): number | CharacterTest => {
    const posix = reader.match(/\[:(\^?)([A-Za-z]+):\]/y);
    if (posix) {
      const test = namedTest(posix[2]!, ignoreCase);
      return posix[1] === '^' ? noneOf(test) : test;
    }
    if (reader.skip('[')) return readOnigurumaClass(reader, ignoreCase, depth + 1);
    const character = reader.take();
    if (character !== '\\') return character.codePointAt(0)!;
    const letter = reader.take();
    if (letter === 'b') return 8;
    return onigurumaClass(reader, letter, ignoreCase, true) ?? onigurumaCharacter(reader, letter);
  };
  const add = (item: number | CharacterTest): void => {
    items.push(typeof item === 'number' ? literalTest(item, ignoreCase) : item);
  };
  for (let first = true; ; first = false) {
    if (reader.done()) throw new PatternProblem('a class, […], does not end');
    if (first && reader.skip(']')) {
      add(93);
      continue;
    }
    if (reader.skip(']')) break;
    if (reader.skip('&&')) {
      operands.push(anyOf(items));
      items = [];
      continue;
    }
    const low = readItem();
    const range = reader.match(/-(?![\]&])/y);
    if (!range) {
      add(low);
      continue;
    }
    if (typeof low !== 'number') {
      add(low);
      add(45);
      continue;
    }
    const high = readItem();
    if (typeof high !== 'number' || high < low)
      throw new PatternProblem('a range of a class, […], goes backwards or has no end');
    items.push(characterTest(`${classSource(low)}-${classSource(high)}`, ignoreCase));
  }
  operands.push(anyOf(items));
  const test: CharacterTest = (codePoint) => operands.every((operand) => operand(codePoint));
  return negated ? noneOf(test) : test;
}
