import { bothTexts, otherTexts } from '../character-machine.ts';
import { literal, optional, repeat, rule, sequence, type Grammar } from '../grammar.ts';
import { decimals, integers, wholeNumbersBetween } from '../json-text.ts';
import { decimalsBetween, type Bound } from './decimals.ts';
import { eachOf, excludedBy, numberAt, refuse, type Keywords } from './keywords.ts';
import { mostRemainders, multiplesOf } from './multiples.ts';

/** Numbers are below it in size where anything is said of them. */
const most = 1e15;

/** Whole numbers of formats of OpenAPI. */
const formats: Readonly<Record<string, number>> = { int8: 2 ** 7, int16: 2 ** 15, int32: 2 ** 31 };

/** From where to where numbers of a schema go; bounds that no number written here reaches are infinite. */
export function rangeOf(
  schema: Keywords,
  where: string,
  isWhole: boolean,
): { low: Bound; high: Bound; isEmpty: boolean } {
  const at = (keyword: string) => numberAt(schema, keyword, where, false);
  const within = eachOf(schema['format']).flatMap((name) => formats[String(name)] ?? []);
  const size = Math.min(Infinity, ...within);
  const low = boundOf(
    Math.max(at('minimum') ?? -Infinity, -size),
    at('exclusiveMinimum') ?? -Infinity,
    1,
  );
  const high = boundOf(
    Math.min(at('maximum') ?? Infinity, size - 1),
    at('exclusiveMaximum') ?? Infinity,
    -1,
  );
  const [from, to] = isWhole ? [wholeBound(low, 1), wholeBound(high, -1)] : [low, high];
  const isEmpty =
    from.value > to.value || (from.value === to.value && !(from.included && to.included));
  return { low: from, high: to, isEmpty };
}

/** The tighter of a bound that is one of the numbers and one that is not; `sign` is 1 for lower ones. */
function boundOf(included: number, excluded: number, sign: 1 | -1): Bound {
  const isTighter = sign * excluded >= sign * included && Number.isFinite(excluded);
  return isTighter ? { value: excluded, included: false } : { value: included, included: true };
}

/** The first whole number of a bound. */
function wholeBound({ value, included }: Bound, sign: 1 | -1): Bound {
  const whole = sign * Math.ceil(sign * value);
  return { value: whole === value && !included ? whole + sign : whole, included: true };
}

/** Numbers, or whole numbers, between bounds that are multiples of steps; none, with the reason, where there is none. */
export function numberOf(
  schema: Keywords,
  where: string,
  isWhole: boolean,
  none: (reason: string) => Grammar,
): Grammar {
  const { low, high, isEmpty } = rangeOf(schema, where, isWhole);
  if (isEmpty || low.value >= most || high.value <= -most)
    return none(
      `${where}: no ${isWhole ? 'whole ' : ''}number of at most 15 digits lies between ${low.value} and ${high.value}`,
    );
  const steps = eachOf(schema['multipleOf']).map((step) =>
    typeof step === 'number' && step > 0 && Number.isFinite(step)
      ? step
      : refuse(
          where,
          `"multipleOf" is ${JSON.stringify(step)}`,
          step,
          'a number above 0',
          'invalid-schema',
        ),
  );
  const excluded = excludedBy(schema).filter((value) => typeof value === 'number');
  const isFree = low.value === -Infinity && high.value === Infinity;
  if (isFree && steps.length === 0 && excluded.length === 0)
    return rule(isWhole ? 'integer' : 'number');
  const others = excluded.map((value) => otherTexts(writingsOf(value)));
  return steps.reduce<Grammar>(
    (numbers, step) =>
      bothTexts(
        numbers,
        multiplesOf(step) ??
          refuse(
            where,
            `"multipleOf" is ${step}`,
            step,
            `steps of at most ${mostRemainders} without the zeros at their end and the point`,
          ),
      ),
    others.reduce(
      bothTexts,
      isFree ? (isWhole ? integers : decimals) : between(low, high, isWhole, where),
    ),
  );
}

function between(low: Bound, high: Bound, isWhole: boolean, where: string): Grammar {
  if (isWhole)
    return wholeNumbersBetween(Math.max(low.value, 1 - most), Math.min(high.value, most - 1));
  const reached = (bound: Bound): Bound =>
    Math.abs(bound.value) < most
      ? bound
      : { value: Math.sign(bound.value) * Infinity, included: true };
  return (
    decimalsBetween(reached(low), reached(high)) ??
    refuse(
      where,
      'a bound has more than 15 digits',
      [low.value, high.value],
      'bounds of at most 15 digits',
    )
  );
}

/** All ways to write a number without exponent. */
function writingsOf(value: number): Grammar {
  const text = String(value);
  const zeros = repeat(literal('0'), 1, Infinity);
  const more = text.includes('.') ? zeros : sequence(literal('.'), zeros);
  return sequence(optional(literal(value === 0 ? '-' : '')), literal(text), optional(more));
}
