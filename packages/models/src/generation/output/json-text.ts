import { charactersOf, type CodePoints } from './code-points.ts';
import {
  characters,
  choice,
  literal,
  optional,
  repeat,
  rule,
  sequence,
  type Grammar,
} from './grammar.ts';
import { plainInJson } from './bytes-of-characters.ts';

const digit: CodePoints = [[0x30, 0x39]];
const digits = (least: number, most: number): Grammar => repeat(characters(digit), least, most);
const between = (low: number, high: number): Grammar => characters([[0x30 + low, 0x30 + high]]);

const hex = characters([...digit, [0x41, 0x46], [0x61, 0x66]]);
const oneOf = (text: string): Grammar => characters(charactersOf(text));

/** Longest indentation after a line break. */
const indentation = 16;

/** What may stand between tokens: nothing, a space, or a line break and some spaces. */
const gap = optional(
  choice(literal(' '), sequence(literal('\n'), repeat(literal(' '), 0, indentation))),
);

/** One character of a string: as it is, or escaped; never half of a surrogate pair. */
const character = choice(
  characters(plainInJson),
  sequence(literal('\\'), oneOf('"\\/bfnrt')),
  sequence(
    literal('\\u'),
    choice(
      sequence(
        characters([
          [0x30, 0x39],
          [0x41, 0x43],
          [0x45, 0x46],
          [0x61, 0x63],
          [0x65, 0x66],
        ]),
        hex,
        hex,
        hex,
      ),
      sequence(oneOf('dD'), between(0, 7), hex, hex),
      sequence(
        oneOf('dD'),
        oneOf('89abAB'),
        hex,
        hex,
        literal('\\u'),
        oneOf('dD'),
        oneOf('cdefCDEF'),
        hex,
        hex,
      ),
    ),
  ),
);

/** A string of so many characters, any of them. */
export function stringOfLength(least: number, most: number): Grammar {
  return sequence(literal('"'), repeat(rule('character'), least, most), literal('"'));
}

/** A whole number without sign, of at most 15 digits, so that every reader has it exactly. */
const natural = choice(literal('0'), sequence(between(1, 9), digits(0, 14)));
const fraction = sequence(literal('.'), digits(1, 15));
const exponent = sequence(oneOf('eE'), optional(oneOf('+-')), digits(1, 2));

/** Numbers of at most 15 digits before the point and after it, without exponent. */
export const decimals: Grammar = sequence(optional(literal('-')), natural, optional(fraction));

/** Whole numbers of at most 15 digits. */
export const integers: Grammar = sequence(optional(literal('-')), natural);

/** Rules that others build on; names that no pointer into a schema has. */
export const jsonRules: ReadonlyMap<string, Grammar> = new Map([
  ['gap', gap],
  ['character', character],
  ['string', sequence(literal('"'), repeat(rule('character'), 0, Infinity), literal('"'))],
  ['integer', integers],
  ['number', sequence(decimals, optional(exponent))],
  ['boolean', choice(literal('true'), literal('false'))],
  ['null', literal('null')],
  ['value', choice(...['object', 'array', 'string', 'number', 'boolean', 'null'].map(rule))],
  ['object', bracketed('{', memberOf(rule('string'), rule('value')), '}', 0, Infinity)],
  ['array', bracketed('[', rule('value'), ']', 0, Infinity)],
]);

/** A key, a colon and a value. */
export function memberOf(key: Grammar, value: Grammar): Grammar {
  return sequence(key, literal(':'), optional(literal(' ')), value);
}

/** A comma and what may follow it. */
export function separator(): Grammar {
  return sequence(literal(','), rule('gap'));
}

/** Members or items in brackets, so many of them. */
export function bracketed(
  open: string,
  part: Grammar,
  close: string,
  least: number,
  most: number,
): Grammar {
  const empty = sequence(literal(open), literal(close));
  if (most === 0) return empty;
  const rest = repeat(sequence(separator(), part), Math.max(0, least - 1), most - 1);
  const filled = sequence(literal(open), rule('gap'), part, rest, rule('gap'), literal(close));
  return least === 0 ? choice(empty, filled) : filled;
}

/** A string whose text is one of a grammar without rules, or has so many characters. */
export function stringOf(text: Grammar): Grammar {
  return sequence(literal('"'), { kind: 'quoted', text }, literal('"'));
}

/** Numbers of as many digits, from `low` to `high`, both written out. */
function sameLength(low: string, high: string): Grammar {
  if (low === '') return sequence();
  const [first, last] = [Number(low[0]), Number(high[0])];
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  const count = lowRest.length;
  if (/^0*$/.test(lowRest) && /^9*$/.test(highRest))
    return sequence(between(first, last), digits(count, count));
  if (first === last) return sequence(between(first, first), sameLength(lowRest, highRest));
  const options = [
    sequence(between(first, first), sameLength(lowRest, '9'.repeat(count))),
    ...(last - first > 1 ? [sequence(between(first + 1, last - 1), digits(count, count))] : []),
    sequence(between(last, last), sameLength('0'.repeat(count), highRest)),
  ];
  return choice(...options);
}

/** Whole numbers from `low` to `high`, at least 0; up to 15 digits where `high` is infinite. */
function naturalsBetween(low: number, high: number): Grammar {
  const top = Math.min(high, 1e15 - 1);
  const options: Grammar[] = [];
  for (let length = String(low).length; length <= String(top).length; length++) {
    const from = Math.max(low, length === 1 ? 0 : 10 ** (length - 1));
    const to = Math.min(top, 10 ** length - 1);
    if (from <= to) options.push(sameLength(String(from), String(to)));
  }
  return choice(...options);
}

/** Whole numbers from `low` to `high`, both whole or infinite. None where `low` is above `high`. */
export function wholeNumbersBetween(low: number, high: number): Grammar {
  return choice(
    ...(high >= Math.max(low, 0) ? [naturalsBetween(Math.max(low, 0), high)] : []),
    ...(low <= Math.min(high, -1)
      ? [sequence(literal('-'), naturalsBetween(Math.max(-high, 1), -low))]
      : []),
  );
}

/** The text of exactly one value, without spaces. */
export function constant(value: unknown): Grammar {
  return literal(JSON.stringify(value));
}
