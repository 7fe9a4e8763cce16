import { literalTest } from './characters.ts';
import {
  escapedCharacter,
  pythonClass,
  readPythonClass,
  type PythonFlags,
} from './python-characters.ts';
import { choice, createDepth, createReader, PatternProblem, sequence } from './reader.ts';
import { nothing, widthOf, type ParsedPattern, type PatternNode } from './syntax.ts';

const flagNames: Readonly<Record<string, keyof PythonFlags>> = {
  i: 'ignoreCase',
  m: 'multiline',
  s: 'dotAll',
  x: 'verbose',
  a: 'ascii',
};

const noFlags: PythonFlags = {
  ignoreCase: false,
  multiline: false,
  dotAll: false,
  verbose: false,
  ascii: false,
};

/**
 * Parses a regular expression as Python's `re` reads it for a text (3.11 to 3.13): its classes are Unicode's, `$` also
 * stands before a last line feed, flags may stand inside, groups are named `(?P<name>…)`, `(?>…)` and `a*+` give nothing
 * back, `(?(1)…|…)` asks for a group.
 *
 * @throws {@link PatternProblem} for what Python refuses, and for `\N{…}` and the flag L
 * @see https://docs.python.org/3/library/re.html
 */
export function parsePython(source: string): ParsedPattern {
  const reader = createReader(source);
  const deeper = createDepth();
  const names = new Map<string, number>();
  const open = new Set<number>();
  let groups = 0;

  const referTo = (name: string): number => {
    const index = /^\d+$/.test(name) ? Number(name) : names.get(name);
    if (index === undefined || index < 1 || index > groups)
      throw new PatternProblem(`it refers to the group ${name}, which is not there`);
    return index;
  };
  const backreference = (name: string, { ignoreCase }: PythonFlags): PatternNode => {
    const index = referTo(name);
    if (open.has(index)) throw new PatternProblem(`it refers to the group ${name} inside itself`);
    return { kind: 'backreference', index, ignoreCase };
  };
  const readName = (end: string): string => {
    const name = reader.match(end === '>' ? /([^>]*)>/y : /([^)]*)\)/y)?.[1];
    if (name === undefined || !/^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(name))
      throw new PatternProblem(`"${name ?? ''}" is no name of a group`);
    return name;
  };

  const readOptions = (flags: PythonFlags, whole: boolean): PatternNode => {
    const options: PatternNode[] = [];
    let current = flags;
    do {
      const { node, after } = readSequence(current, whole && options.length === 0);
      options.push(node);
      current = after;
    } while (reader.skip('|'));
    return choice(options);
  };

  const readSequence = (
    given: PythonFlags,
    atStart: boolean,
  ): { node: PatternNode; after: PythonFlags } => {
    let flags = given;
    const parts: PatternNode[] = [];
    while (!reader.done() && reader.peek() !== '|' && reader.peek() !== ')') {
      if (flags.verbose && reader.match(/[ \t\n\r\v\f]+|#[^\n]*\n?/y)) continue;
      if (reader.match(/\(\?#[^)]*\)/y)) continue;
      const global = reader.match(/\(\?([aiLmsux]+)\)/y)?.[1];
      if (global !== undefined) {
        if (!atStart || parts.length > 0)
          throw new PatternProblem(
            `the flags (?${global}) do not stand at its start`,
            `(?${global}:…)`,
          );
        flags = withFlags(flags, global, '');
        continue;
      }
      parts.push(readQuantified(flags));
    }
    return { node: sequence(parts), after: flags };
  };

  const readQuantified = (flags: PythonFlags): PatternNode => {
    let body = readAtom(flags);
    for (let count = 0; ; count++) {
      if (flags.verbose) while (reader.match(/[ \t\n\r\v\f]+|#[^\n]*\n?/y));
      const found = reader.match(/[*+?]|\{(?:(\d+)(,?)(\d*)|,(\d*))\}/y);
      if (!found) return body;
      if (body.kind === 'assert')
        throw new PatternProblem(`there is nothing for ${found[0]} to repeat`);
      if (count > 0) throw new PatternProblem(`two repetitions follow each other at "${found[0]}"`);
      const { least, most } = bounds(found);
      if (most < least)
        throw new PatternProblem(`the repetition ${found[0]} ends before it begins`);
      const mode = reader.skip('?') ? 'lazy' : reader.skip('+') ? 'possessive' : 'greedy';
      body = { kind: 'repeat', body, least, most, mode };
    }
  };

  const readAtom = (flags: PythonFlags): PatternNode => {
    const character = reader.take();
    switch (character) {
      case '.':
        return { kind: 'set', test: flags.dotAll ? () => true : (code) => code !== 10 };
      case '^':
        return { kind: 'assert', place: flags.multiline ? 'line-start' : 'start' };
      case '$':
        return { kind: 'assert', place: flags.multiline ? 'line-end' : 'last-line-end' };
      case '[':
        return { kind: 'set', test: readPythonClass(reader, flags) };
      case '(':
        return deeper(() => readGroup(flags));
      case '*':
      case '+':
      case '?':
        throw new PatternProblem(`there is nothing for ${character} to repeat`);
      case '\\':
        return readEscape(flags);
      default:
        if (character === '{' && reader.match(/(?:\d+,?\d*|,\d*)\}/y))
          throw new PatternProblem('there is nothing for {…} to repeat');
        return literal(character.codePointAt(0)!, flags);
    }
  };

  const literal = (code: number, flags: PythonFlags): PatternNode => ({
    kind: 'set',
    test: literalTest(code, flags.ignoreCase),
  });

  const readEscape = (flags: PythonFlags): PatternNode => {
    const letter = reader.take();
    const word = pythonClass('w', flags)!;
    if (letter === 'A') return { kind: 'assert', place: 'start' };
    if (letter === 'Z') return { kind: 'assert', place: 'end' };
    if (letter === 'b') return { kind: 'assert', place: 'word-border', word };
    if (letter === 'B') return { kind: 'assert', place: 'no-word-border', word };
    const test = pythonClass(letter, flags);
    if (test) return { kind: 'set', test };
    if (!/\d/.test(letter)) return literal(escapedCharacter(reader, letter), flags);
    reader.at--;
    const octal = reader.match(/0[0-7]{0,2}|[0-3][0-7][0-7]/y)?.[0];
    if (octal !== undefined) return literal(Number.parseInt(octal, 8), flags);
    return backreference(reader.match(/\d{1,2}/y)![0], flags);
  };

  const closed = (inside: () => PatternNode): PatternNode => {
    const node = inside();
    if (!reader.skip(')')) throw new PatternProblem('a group, (…), does not end');
    return node;
  };

  const readGroup = (flags: PythonFlags): PatternNode => {
    const inside = (): PatternNode => closed(() => readOptions(flags, false));
    if (!reader.skip('?')) return capture(undefined, inside);
    if (reader.skip('P<')) return capture(readName('>'), inside);
    if (reader.skip('P=')) return backreference(readName(')'), flags);
    if (reader.skip(':')) return inside();
    if (reader.skip('>')) return { kind: 'atomic', body: inside() };
    const look = reader.match(/<?[=!]/y)?.[0];
    if (look !== undefined) {
      const behind = look.startsWith('<');
      const body = inside();
      if (behind && widthOf(body) === undefined)
        throw new PatternProblem('it looks behind over texts of several lengths');
      return { kind: 'look', behind, negated: look.endsWith('!'), body };
    }
    if (reader.skip('(')) return readCondition(flags);
    const scoped = reader.match(/([aiLmsux]*)(?:-([imsx]+))?:/y);
    if (scoped) {
      const changed = withFlags(flags, scoped[1] ?? '', scoped[2] ?? '');
      return closed(() => readOptions(changed, false));
    }
    throw new PatternProblem(`(?${reader.peek()} opens no group of Python's`);
  };

  const capture = (name: string | undefined, inside: () => PatternNode): PatternNode => {
    const index = ++groups;
    if (name !== undefined) {
      if (names.has(name)) throw new PatternProblem(`two groups are named ${name}`);
      names.set(name, index);
    }
    open.add(index);
    const body = inside();
    open.delete(index);
    return { kind: 'group', index, body };
  };

  const readCondition = (flags: PythonFlags): PatternNode => {
    const name = reader.match(/([^)]*)\)/y)?.[1] ?? '';
    const index = /^\d+$/.test(name) ? Number(name) : referTo(name);
    conditions.push(index);
    return closed(() => {
      const yes = readSequence(flags, false).node;
      const no = reader.skip('|') ? readSequence(flags, false).node : nothing;
      if (reader.peek() === '|') throw new PatternProblem('a condition has more than two branches');
      return { kind: 'condition', index, yes, no };
    });
  };
  const conditions: number[] = [];

  const node = readOptions(noFlags, true);
  if (!reader.done()) throw new PatternProblem('a ) closes nothing');
  for (const index of conditions) referTo(String(index));
  return { node, groups };
}

function bounds([text, least, comma, most, atMost]: RegExpExecArray): {
  least: number;
  most: number;
} {
  if (text === '*') return { least: 0, most: Number.POSITIVE_INFINITY };
  if (text === '+') return { least: 1, most: Number.POSITIVE_INFINITY };
  if (text === '?') return { least: 0, most: 1 };
  const number = (digits: string | undefined): number =>
    digits === undefined || digits === '' ? Number.POSITIVE_INFINITY : Number(digits);
  if (least === undefined) return { least: 0, most: number(atMost) };
  return { least: Number(least), most: comma === '' ? Number(least) : number(most) };
}

function withFlags(flags: PythonFlags, on: string, off: string): PythonFlags {
  if (on.includes('L')) throw new PatternProblem('the flag L is for bytes', 'a, i, m, s, u, x');
  const changed: { -readonly [K in keyof PythonFlags]: boolean } = { ...flags };
  for (const letter of on) {
    const name = flagNames[letter];
    if (name) changed[name] = true;
    if (letter === 'u') changed.ascii = false;
  }
  const both = [...off].find((letter) => on.includes(letter));
  if (both !== undefined) throw new PatternProblem(`it turns the flag ${both} on and off`);
  for (const letter of off) changed[flagNames[letter]!] = false;
  return changed;
}
