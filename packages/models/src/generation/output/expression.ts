import { modelsError } from '../../errors.ts';
import {
  charactersOf,
  complement,
  escapedClass,
  everyCharacter,
  union,
  type CodePoints,
} from './code-points.ts';
import { characters, choice, repeat, sequence, type Grammar } from './grammar.ts';

const lineEnds = charactersOf('\n\r\u2028\u2029');

const singles: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  0: '\0',
};

/** Whether a pattern must match all of a text, or some of it. */
export type MatchExtent = 'whole' | 'anywhere';

/**
 * Reads a regular expression of JavaScript with the flag `u`. Groups capture nothing, and lazy repetitions are like others: they
 * match the same texts.
 *
 * @param extent in `whole` the anchors `^` and `$` may stand at the ends and change nothing
 * @throws `invalid-pattern` with JavaScript's own reason; `unsupported-pattern` for look-around, references, word borders,
 * modifiers, and anchors elsewhere than at the ends
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
  let depth = 0;
  const unsupported = (what: string): never => {
    throw modelsError({
      code: 'unsupported-pattern',
      message: `"${source}" has ${what}, which a constrained text cannot follow`,
      value: source,
      accepted:
        'characters, classes, groups, alternatives and repetitions, with ^ and $ at the ends',
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

  const atom = (): Grammar => {
    if (next('^') || next('$')) unsupported(`the anchor ${source[at]} inside`);
    if (take('.')) return characters(complement(lineEnds));
    if (take('[')) return characters(characterClass());
    if (take('\\')) {
      if (next('b') || next('B')) unsupported(`the word border \\${source[at]}`);
      if (match(/[1-9]\d*|k<[^>]*>/y)) unsupported('a reference to a group');
      return characters(escaped());
    }
    if (!take('(')) return characters(character());
    if (match(/\?<?[=!]/y)) unsupported('look-around');
    if (!match(/\?:|\?<[^>]*>/y) && next('?')) unsupported('modifiers of a group');
    depth += 1;
    const inside = alternatives(terms);
    depth -= 1;
    take(')');
    return inside;
  };
  const quantified = (): Grammar => {
    const part = atom();
    const found = match(/(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y);
    if (!found) return part;
    const [, sign, least, comma, most] = found;
    if (sign) return repeat(part, sign === '+' ? 1 : 0, sign === '?' ? 1 : Infinity);
    const from = Number(least);
    return repeat(part, from, comma ? (most ? Number(most) : Infinity) : from);
  };
  const isEnd = (): boolean => at >= source.length || next('|') || next(')');
  const isLastAnchor = (): boolean =>
    depth === 0 && next('$') && (at + 1 === source.length || source[at + 1] === '|');
  const terms = (): Grammar => {
    const parts: Grammar[] = [];
    while (!isEnd() && !isLastAnchor()) parts.push(quantified());
    return sequence(...parts);
  };
  const alternatives = (read: () => Grammar): Grammar => {
    const options = [read()];
    while (take('|')) options.push(read());
    return choice(...options);
  };
  const anything = repeat(characters(everyCharacter), 0, Infinity);
  return {
    whole(extent: MatchExtent): Grammar {
      return alternatives(() => {
        const begins = take('^') || extent === 'whole';
        const inside = terms();
        const ends = take('$') || extent === 'whole';
        return sequence(...(begins ? [] : [anything]), inside, ...(ends ? [] : [anything]));
      });
    },
  };
}
