import { modelsError } from '../../errors.ts';
import { charactersOf, complement, escapedClass, union, type CodePoints } from './code-points.ts';
import {
  bothTexts,
  everyCharacterAndMark,
  marks,
  otherTexts,
  withoutMarks,
} from './character-machine.ts';
import { characters, choice, optional, repeat, sequence, type Grammar } from './grammar.ts';

const lineEnds = charactersOf('\n\r\u2028\u2029');

const singles: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  0: '\0',
};

/** Times that a part which looks ahead may be repeated. */
const mostLooks = 8;

/** Whether a pattern must match all of a text, or some of it. */
export type MatchExtent = 'whole' | 'anywhere';

/** A part of a pattern: what it takes; or, where it looks ahead, what it makes of all that comes after it. */
type Part = Grammar | ((rest: Grammar) => Grammar);

const followed = (part: Part, rest: Grammar): Grammar =>
  typeof part === 'function' ? part(rest) : sequence(part, rest);

/** Parts one after the other. */
function inTurn(parts: readonly Part[]): Part {
  const plain = parts.filter((part) => typeof part !== 'function');
  if (plain.length === parts.length) return sequence(...plain);
  return (rest) => parts.reduceRight<Grammar>((after, part) => followed(part, after), rest);
}

/** One of several parts. */
function anyOf(options: readonly Part[]): Part {
  const plain = options.filter((part) => typeof part !== 'function');
  if (plain.length === options.length) return choice(...plain);
  return (rest) => choice(...options.map((option) => followed(option, rest)));
}

const anything = repeat(characters(everyCharacterAndMark), 0, Infinity);
const mark = (point: number): Grammar => characters([[point, point]]);

/**
 * Reads a regular expression of JavaScript with the flag `u`, as the texts that it matches. Groups capture nothing, and lazy
 * repetitions are like others: they match the same texts. A pattern is read of texts between two marks, which `^` and `$` take, and
 * looks ahead by having the rest of the text be of two patterns at once.
 *
 * @param extent whether the pattern matches the whole of a text, or some of it
 * @throws `invalid-pattern` with JavaScript's own reason; `unsupported-pattern` for looking behind, repeated looking ahead,
 * references, word borders and modifiers; `output-too-large`
 */
export function readExpression(source: string, extent: MatchExtent): Grammar {
  try {
    new RegExp(source, 'u');
  } catch (cause) {
    throw modelsError({
      code: 'invalid-pattern',
      message: `"${source}" is no regular expression: ${(cause as Error).message}`,
      value: source,
      accepted: 'a regular expression of JavaScript, with the flag u',
      cause,
    });
  }
  return createReader(source).whole(extent);
}

function createReader(source: string) {
  let at = 0;
  let looks = 0;
  const unsupported = (what: string): never => {
    throw modelsError({
      code: 'unsupported-pattern',
      message: `"${source}" has ${what}, which a constrained text cannot follow`,
      value: source,
      accepted:
        'characters, classes, groups, alternatives, repetitions, ^, $, (?=…) and (?!…) that are not repeated without end',
    });
  };
  const next = (text: string): boolean => source.startsWith(text, at);
  const take = (text: string): boolean => {
    const found = next(text);
    if (found) at += text.length;
    return found;
  };
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(source) ?? undefined;
    if (found) at += found[0].length;
    return found;
  };
  const character = (): CodePoints => {
    const point = source.codePointAt(at)!;
    at += point > 0xffff ? 2 : 1;
    return [[point, point]];
  };

  /** What an escape stands for, after its backslash. */
  const escaped = (): CodePoints => {
    const start = at - 1;
    if (match(/[dDwWsS]|[pP]\{[^}]*\}/y)) return escapedClass(source.slice(start, at));
    const pair = match(/u([dD][89abAB][\da-fA-F]{2})\\u([dD][c-fC-F][\da-fA-F]{2})/y);
    if (pair)
      return charactersOf(
        String.fromCharCode(Number.parseInt(pair[1]!, 16), Number.parseInt(pair[2]!, 16)),
      );
    const code = match(/u\{([\da-fA-F]+)\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})/y);
    if (code) {
      const point = Number.parseInt((code[1] ?? code[2] ?? code[3])!, 16);
      return [[point, point]];
    }
    const control = match(/c([A-Za-z])/y);
    if (control) {
      const point = control[1]!.charCodeAt(0) % 32;
      return [[point, point]];
    }
    const single = match(/[tnvfr0]/y);
    return single ? charactersOf(singles[single[0]]!) : character();
  };

  const classAtom = (): CodePoints => {
    if (!take('\\')) return character();
    return take('b') ? charactersOf('\b') : escaped();
  };
  const characterClass = (): CodePoints => {
    const isNegated = take('^');
    const parts: CodePoints[] = [];
    while (!take(']')) {
      const from = classAtom();
      if (next('-') && !source.startsWith('-]', at)) {
        at += 1;
        const to = classAtom();
        parts.push([[from[0]![0], to.at(-1)![1]]]);
      } else parts.push(from);
    }
    const set = union(...parts);
    return isNegated ? complement(set) : set;
  };

  const lookingAhead = (isNegative: boolean): Part => {
    looks += 1;
    const seen = followed(alternatives(), anything);
    looks -= 1;
    take(')');
    return (rest) => bothTexts(rest, isNegative ? otherTexts(seen, everyCharacterAndMark) : seen);
  };
  const atom = (): Part => {
    // What is ahead is after the mark.
    if (looks > 0 && next('^')) unsupported('the anchor ^ ahead');
    if (take('^')) return mark(marks.start);
    if (take('$')) return mark(marks.end);
    if (take('.')) return characters(complement(lineEnds));
    if (take('[')) return characters(characterClass());
    if (take('\\')) {
      if (next('b') || next('B')) unsupported(`the word border \\${source[at]}`);
      if (match(/[1-9]\d*|k<[^>]*>/y)) unsupported('a reference to a group');
      return characters(escaped());
    }
    if (!take('(')) return characters(character());
    if (match(/\?<[=!]/y)) unsupported('looking behind');
    const ahead = match(/\?([=!])/y);
    if (ahead) return lookingAhead(ahead[1] === '!');
    if (!match(/\?:|\?<[^>]*>/y) && next('?')) unsupported('modifiers of a group');
    const inside = alternatives();
    take(')');
    return inside;
  };
  const repeated = (part: Part, least: number, most: number): Part => {
    if (typeof part !== 'function') return repeat(part, least, most);
    if (most > mostLooks) unsupported(`looking ahead repeated more than ${mostLooks} times`);
    const more = Array.from({ length: most - least }).reduce<Part>(
      (after) => anyOf([sequence(), inTurn([part, after])]),
      sequence(),
    );
    return inTurn([...Array.from({ length: least }, () => part), more]);
  };
  const quantified = (): Part => {
    const part = atom();
    const found = match(/(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y);
    if (!found) return part;
    const [, sign, least, comma, most] = found;
    if (sign) return repeated(part, sign === '+' ? 1 : 0, sign === '?' ? 1 : Infinity);
    const from = Number(least);
    return repeated(part, from, comma ? (most ? Number(most) : Infinity) : from);
  };
  const terms = (): Part => {
    const parts: Part[] = [];
    while (at < source.length && !next('|') && !next(')')) parts.push(quantified());
    return inTurn(parts);
  };
  const alternatives = (): Part => {
    const options = [terms()];
    while (take('|')) options.push(terms());
    return anyOf(options);
  };
  return {
    whole(extent: MatchExtent): Grammar {
      const [before, after] =
        extent === 'anywhere'
          ? [anything, anything]
          : [optional(mark(marks.start)), optional(mark(marks.end))];
      return withoutMarks(sequence(before, followed(alternatives(), after)));
    },
  };
}
