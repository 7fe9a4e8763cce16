import { literalTest } from './characters.ts';
import {
  onigurumaCharacter,
  onigurumaClass,
  readOnigurumaClass,
  wordTest,
} from './oniguruma-characters.ts';
import { choice, createDepth, createReader, PatternProblem, sequence } from './reader.ts';
import type { ParsedPattern, PatternNode, Place } from './syntax.ts';

interface Flags {
  readonly ignoreCase: boolean;
  /** Ruby's m: the dot takes a line feed too. */
  readonly dotAll: boolean;
  readonly extended: boolean;
}

const flagNames: Readonly<Record<string, keyof Flags>> = {
  i: 'ignoreCase',
  m: 'dotAll',
  x: 'extended',
};

const places: Readonly<Record<string, Place>> = {
  A: 'start',
  z: 'end',
  Z: 'last-line-end',
  b: 'word-border',
  B: 'no-word-border',
};

/**
 * Parses a regular expression as Oniguruma reads it in its own syntax, which is what `tokenizer.json` holds: `^` and `$`
 * stand at every line, `\h` is a hexadecimal digit, classes nest and meet with `&&`, `[[:alpha:]]` is Unicode's, `(?>…)`
 * and `a*+` give nothing back.
 *
 * @throws {@link PatternProblem} for what it does not read: `\G`, `\K`, `\R`, `\X`, calls of groups, absent groups
 * @see https://github.com/kkos/oniguruma/blob/master/doc/RE
 */
export function parseOniguruma(source: string): ParsedPattern {
  const reader = createReader(source);
  const deeper = createDepth();
  const names = new Map<string, number>();
  // With a named group, groups without a name only hold together.
  const hasNames = /\(\?<[^=!]/.test(source);
  let groups = 0;

  const literal = (code: number, { ignoreCase }: Flags): PatternNode => ({
    kind: 'set',
    test: literalTest(code, ignoreCase),
  });

  const readOptions = (flags: Flags): PatternNode => {
    const options = [readSequence(flags)];
    while (reader.skip('|')) options.push(readSequence(flags));
    return choice(options);
  };

  const readSequence = (flags: Flags): PatternNode => {
    const parts: PatternNode[] = [];
    while (!reader.done() && reader.peek() !== '|' && reader.peek() !== ')') {
      if (flags.extended && reader.match(/\s+|#[^\n]*\n?/y)) continue;
      if (reader.match(/\(\?#[^)]*\)/y)) continue;
      const rest = reader.match(/\(\?([imx]*)(?:-([imx]*))?\)/y);
      if (rest) {
        // Flags hold for the rest of the group, over its alternatives.
        parts.push(readOptions(withFlags(flags, rest[1] ?? '', rest[2] ?? '')));
        continue;
      }
      parts.push(readQuantified(flags));
    }
    return sequence(parts);
  };

  const readQuantified = (flags: Flags): PatternNode => {
    let body = readAtom(flags);
    for (;;) {
      if (flags.extended) while (reader.match(/\s+|#[^\n]*\n?/y));
      const found = reader.match(/[*+?]|\{(?:(\d+)(,?)(\d*)|,(\d+))\}/y);
      if (!found) return body;
      const { least, most } = bounds(found);
      if (most < least)
        throw new PatternProblem(`the repetition ${found[0]} ends before it begins`);
      // After braces a + repeats once more; only *, + and ? can be possessive.
      const possessive = !found[0].startsWith('{') && reader.skip('+');
      const mode = possessive ? 'possessive' : reader.skip('?') ? 'lazy' : 'greedy';
      body = { kind: 'repeat', body, least, most, mode };
    }
  };

  const readAtom = (flags: Flags): PatternNode => {
    const character = reader.take();
    switch (character) {
      case '.':
        return { kind: 'set', test: flags.dotAll ? () => true : (code) => code !== 10 };
      case '^':
        return { kind: 'assert', place: 'line-start' };
      case '$':
        return { kind: 'assert', place: 'line-end' };
      case '[':
        return { kind: 'set', test: readOnigurumaClass(reader, flags.ignoreCase) };
      case '(':
        return deeper(() => readGroup(flags));
      case '*':
      case '+':
      case '?':
        throw new PatternProblem(`there is nothing for ${character} to repeat`);
      case '\\':
        return readEscape(flags);
      default:
        return literal(character.codePointAt(0)!, flags);
    }
  };

  const readEscape = (flags: Flags): PatternNode => {
    const letter = reader.take();
    const place = places[letter];
    if (place !== undefined) return { kind: 'assert', place, word: wordTest };
    if (letter === 'k') {
      const name = reader.match(/<([^>]*)>|'([^']*)'/y);
      const index = name && (names.get(name[1] ?? name[2]!) ?? Number(name[1] ?? name[2]));
      return backreference(index ?? 0, flags);
    }
    if (/[1-9]/.test(letter)) {
      reader.at--;
      return backreference(Number(reader.match(/\d+/y)![0]), flags);
    }
    const test = onigurumaClass(reader, letter, flags.ignoreCase);
    if (test) return { kind: 'set', test };
    return literal(onigurumaCharacter(reader, letter), flags);
  };

  const backreference = (index: number, { ignoreCase }: Flags): PatternNode => {
    if (!Number.isInteger(index) || index < 1 || index > groups)
      throw new PatternProblem('it refers to a group that is not there');
    return { kind: 'backreference', index, ignoreCase };
  };

  const readGroup = (flags: Flags): PatternNode => {
    const inside = (inner = flags): PatternNode => {
      const node = readOptions(inner);
      if (!reader.skip(')')) throw new PatternProblem('a group, (…), does not end');
      return node;
    };
    const capture = (name?: string): PatternNode => {
      const index = ++groups;
      if (name !== undefined) names.set(name, index);
      return { kind: 'group', index, body: inside() };
    };
    if (!reader.skip('?')) return hasNames ? inside() : capture();
    if (reader.skip(':')) return inside();
    if (reader.skip('>')) return { kind: 'atomic', body: inside() };
    const look = reader.match(/<?[=!]/y)?.[0];
    if (look !== undefined) {
      const behind = look.startsWith('<');
      return { kind: 'look', behind, negated: look.endsWith('!'), body: inside() };
    }
    const name = reader.match(/<([\p{L}_][\p{L}\p{N}_]*)>|'([\p{L}_][\p{L}\p{N}_]*)'/uy);
    if (name) return capture(name[1] ?? name[2]);
    const scoped = reader.match(/([imx]*)(?:-([imx]*))?:/y);
    if (scoped) return inside(withFlags(flags, scoped[1] ?? '', scoped[2] ?? ''));
    throw new PatternProblem(`(?${reader.peek()} opens no group that is known`);
  };

  const node = readOptions({ ignoreCase: false, dotAll: false, extended: false });
  if (!reader.done()) throw new PatternProblem('a ) closes nothing');
  return { node, groups };
}

function bounds([text, least, comma, most, atMost]: RegExpExecArray): {
  least: number;
  most: number;
} {
  if (text === '*') return { least: 0, most: Number.POSITIVE_INFINITY };
  if (text === '+') return { least: 1, most: Number.POSITIVE_INFINITY };
  if (text === '?') return { least: 0, most: 1 };
  if (least === undefined) return { least: 0, most: Number(atMost) };
  if (comma === '') return { least: Number(least), most: Number(least) };
  return { least: Number(least), most: most === '' ? Number.POSITIVE_INFINITY : Number(most) };
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const changed: { -readonly [K in keyof Flags]: boolean } = { ...flags };
  for (const letter of on) changed[flagNames[letter]!] = true;
  for (const letter of off) changed[flagNames[letter]!] = false;
  return changed;
}
