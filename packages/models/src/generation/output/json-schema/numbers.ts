import { rule, type Grammar } from '../grammar.ts';
import { numbersBetween } from '../json-text.ts';
import { numberAt, refuse, type Keywords } from './keywords.ts';

/** Numbers, or whole numbers, between bounds. */
export function numberOf(schema: Keywords, where: string, isWhole: boolean): Grammar {
  const at = (keyword: string) => numberAt(schema, keyword, where, false);
  const [minimum, maximum, above, below] = [
    at('minimum'),
    at('maximum'),
    at('exclusiveMinimum'),
    at('exclusiveMaximum'),
  ];
  if ([minimum, maximum, above, below].every((bound) => bound === undefined))
    return rule(isWhole ? 'integer' : 'number');
  if (!isWhole) {
    const wrong = Object.entries({
      minimum,
      maximum,
      exclusiveMinimum: above,
      exclusiveMaximum: below,
    }).find(
      ([name, bound]) =>
        bound !== undefined && (name.startsWith('exclusive') || !Number.isSafeInteger(bound)),
    );
    if (wrong)
      refuse(
        where,
        `"${wrong[0]}" is ${wrong[1]} for numbers that are not whole`,
        wrong[1],
        'whole numbers as "minimum" and "maximum"',
      );
  }
  const low = Math.max(
    Math.ceil(minimum ?? -Infinity),
    above === undefined ? -Infinity : Math.floor(above) + 1,
  );
  const high = Math.min(
    Math.floor(maximum ?? Infinity),
    below === undefined ? Infinity : Math.ceil(below) - 1,
  );
  const most = 1e15;
  if (low > high || low >= most || high <= -most)
    refuse(
      where,
      `no number lies between ${low} and ${high}`,
      low,
      'bounds with numbers of at most 15 digits in between',
      'impossible-output',
    );
  return numbersBetween(Math.max(low, 1 - most), Math.min(high, most - 1), isWhole);
}
