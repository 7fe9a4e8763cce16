import { rule, type Grammar } from '../grammar.ts';
import { wholeNumbersBetween } from '../json-text.ts';
import { decimalsBetween, type Bound } from './decimals.ts';
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
  const most = 1e15;
  if (!isWhole) {
    const lowest = boundOf(minimum ?? -Infinity, above ?? -Infinity, 1);
    const highest = boundOf(maximum ?? Infinity, below ?? Infinity, -1);
    const isNone =
      lowest.value > highest.value ||
      (lowest.value === highest.value && !(lowest.included && highest.included));
    if (isNone || lowest.value >= most || highest.value <= -most)
      refuseNone(where, lowest.value, highest.value);
    return (
      decimalsBetween(lowest, highest) ??
      refuse(
        where,
        'a bound has more than 15 digits',
        [lowest.value, highest.value],
        'bounds of at most 15 digits',
      )
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
  if (low > high || low >= most || high <= -most) refuseNone(where, low, high);
  return wholeNumbersBetween(Math.max(low, 1 - most), Math.min(high, most - 1));
}

/** The tighter of a bound that is one of the numbers and one that is not; `sign` is 1 for lower ones. */
function boundOf(included: number, excluded: number, sign: 1 | -1): Bound {
  const isTighter = sign * excluded >= sign * included && Number.isFinite(excluded);
  return isTighter ? { value: excluded, included: false } : { value: included, included: true };
}

function refuseNone(where: string, low: number, high: number): never {
  return refuse(
    where,
    `no number lies between ${low} and ${high}`,
    low,
    'bounds with numbers of at most 15 digits in between',
    'impossible-output',
  );
}
