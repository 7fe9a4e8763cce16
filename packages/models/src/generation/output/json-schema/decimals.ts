import {
  characters,
  choice,
  literal,
  optional,
  repeat,
  sequence,
  type Grammar,
} from '../grammar.ts';
import { wholeNumbersBetween } from '../json-text.ts';

/** A bound of numbers, and whether it is one of them itself. */
export interface Bound {
  readonly value: number;
  readonly included: boolean;
}

/** Digits of a number that every reader has exactly. */
const exactDigits = 15;

const digitsBetween = (low: number, high: number): Grammar =>
  characters([[0x30 + low, 0x30 + high]]);

/** What stands after the point, at one end of some numbers: its digits without zeros after them. */
interface End {
  readonly digits: string;
  readonly included: boolean;
}

/** The whole part of a number that is 0 or more, and what is after its point; `undefined` where those are too many digits. */
function decimal({ value, included }: Bound): (End & { readonly whole: number }) | undefined {
  if (value >= 10 ** exactDigits) return undefined;
  const [whole = '', after = ''] = value.toFixed(exactDigits).split('.');
  const digits = after.replace(/0+$/, '');
  const isExact = Number(`${whole}.${after}`) === value;
  return isExact && whole.length + digits.length <= exactDigits
    ? { whole: Number(whole), digits, included }
    : undefined;
}

const isZero = (end: End | undefined): boolean => !end || end.digits === '';

/** Digits after a point, at most `most`, of which the fraction lies between two; no digit at all only where that is asked for. */
function fractions(
  low: End | undefined,
  high: End | undefined,
  most: number,
  mayBeNone: boolean,
): Grammar {
  const holdsZero =
    isZero(low) && low?.included !== false && (!isZero(high) || high?.included !== false);
  const none = mayBeNone && holdsZero ? [sequence()] : [];
  if (most === 0 || (high && isZero(high) && !holdsZero)) return choice(...none);
  if (high && isZero(high)) return repeat(literal('0'), mayBeNone ? 0 : 1, most);
  if (!high && holdsZero) return repeat(digitsBetween(0, 9), mayBeNone ? 0 : 1, most);
  const first = Number(low?.digits[0] ?? 0);
  const last = Number(high?.digits[0] ?? 9);
  const rest = (end: End | undefined, isAtEnd: boolean): End | undefined =>
    end && isAtEnd ? { ...end, digits: end.digits.slice(1) } : undefined;
  const options = Array.from({ length: last - first + 1 }, (_, i) => {
    const digit = first + i;
    const after = fractions(rest(low, digit === first), rest(high, digit === last), most - 1, true);
    return sequence(digitsBetween(digit, digit), after);
  });
  return choice(...none, ...options);
}

/** Numbers between two that are 0 or more, `high` perhaps infinite; `undefined` where an end has too many digits. */
function magnitudesBetween(low: Bound, high: Bound): Grammar | undefined {
  const [from, to] = [decimal(low), decimal(high)];
  if (!from || (!to && high.value !== Infinity)) return undefined;
  const most = exactDigits - String(to?.whole ?? from.whole).length;
  const withWhole = (whole: number, least: End | undefined, greatest: End | undefined): Grammar =>
    sequence(
      literal(String(whole)),
      choice(
        // Without a point it is the whole number itself.
        fractions(least, greatest, 0, true),
        sequence(literal('.'), fractions(least, greatest, most, false)),
      ),
    );
  if (to && from.whole === to.whole) return withWhole(from.whole, from, to);
  const last = to ? to.whole - 1 : Infinity;
  const fraction = sequence(literal('.'), repeat(digitsBetween(0, 9), 1, most));
  return choice(
    withWhole(from.whole, from, undefined),
    ...(last > from.whole
      ? [
          sequence(
            wholeNumbersBetween(from.whole + 1, last),
            most > 0 ? optional(fraction) : sequence(),
          ),
        ]
      : []),
    ...(to ? [withWhole(to.whole, undefined, to)] : []),
  );
}

/**
 * Numbers between two bounds, of at most 15 digits where they could be rounded to a bound; none where no number lies between.
 *
 * @returns `undefined` where a bound has more digits than that
 */
export function decimalsBetween(low: Bound, high: Bound): Grammar | undefined {
  const zeroAbove = low.value < 0 ? { value: 0, included: true } : low;
  const zeroBelow = high.value > 0 ? { value: 0, included: true } : high;
  const parts: (Grammar | undefined)[] = [];
  if (high.value >= 0) parts.push(magnitudesBetween(zeroAbove, high));
  if (low.value < 0) {
    const opposite = ({ value, included }: Bound): Bound => ({ value: Math.abs(value), included });
    const below = magnitudesBetween(opposite(zeroBelow), opposite(low));
    parts.push(below && sequence(literal('-'), below));
  }
  const found = parts.filter((part) => part !== undefined);
  return found.length < parts.length ? undefined : choice(...found);
}
