import { fail, unsupported } from './errors.ts';
import { typeName, type Value } from './values.ts';

/** An integer result: exact, never minus zero. @throws JinjaError beyond ±(2^53 − 1), where it would not be exact */
export function integer(value: number): number {
  if (!Number.isSafeInteger(value)) unsupported('an integer beyond 2^53');
  return value + 0;
}

/** The number of a Python number (bool, int or float), else undefined. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value !== null && typeof value === 'object' && value.kind === 'float'
    ? value.value
    : undefined;
}

/** The integer of an int or bool. @throws JinjaError for anything else, naming `what` */
export function integerOf(value: Value, what: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return fail(`${what} must be an integer, not ${typeName(value)}`);
}

/** All decimal digits of |value|, which is `0.d₁d₂… · 10^point` exactly. */
function exactDigits(value: number): { digits: string; point: number } {
  if (value === 0) return { digits: '0', point: 1 };
  const bits = new BigUint64Array(new Float64Array([Math.abs(value)]).buffer)[0]!;
  const stored = Number(bits >> 52n);
  const fraction = bits & ((1n << 52n) - 1n);
  const mantissa = stored === 0 ? fraction : fraction | (1n << 52n);
  const exponent = Math.max(stored, 1) - 1075;
  if (exponent >= 0) {
    const digits = String(mantissa << BigInt(exponent));
    return { digits, point: digits.length };
  }
  const digits = String(mantissa * 5n ** BigInt(-exponent));
  return { digits, point: digits.length + exponent };
}

/** Keeps the first `keep` digits, rounding half to even as C does. `keep` may be zero or less. */
function roundDigits(
  { digits, point }: { digits: string; point: number },
  keep: number,
): { digits: string; point: number } {
  if (keep >= digits.length) return { digits: digits.padEnd(keep, '0'), point };
  if (keep < 0) return { digits: '', point };
  const kept = digits.slice(0, keep);
  const rest = digits.slice(keep);
  const half = rest[0]! > '5' || (rest[0] === '5' && /[1-9]/.test(rest.slice(1)));
  const tie = rest[0] === '5' && !half;
  if (!half && !(tie && Number(kept.at(-1) ?? 0) % 2 === 1)) return { digits: kept, point };
  const raised = String(BigInt(kept || '0') + 1n).padStart(keep, '0');
  return { digits: raised, point: raised.length > keep ? point + 1 : point };
}

/** |value| with exactly `places` decimals (C's `%f`), rounded half to even. */
export function fixed(value: number, places: number): string {
  const exact = exactDigits(value);
  const rounded = roundDigits(exact, exact.point + places);
  const whole =
    rounded.point > 0 ? rounded.digits.slice(0, rounded.point).padEnd(rounded.point, '0') : '0';
  const fraction =
    rounded.point > 0
      ? rounded.digits.slice(rounded.point)
      : '0'.repeat(Math.min(-rounded.point, places)) + rounded.digits;
  return places > 0 ? `${whole}.${fraction.slice(0, places).padEnd(places, '0')}` : whole;
}

/** |value| as `d.ddde±dd` with `places` decimals (C's `%e`). */
export function scientific(value: number, places: number): string {
  const rounded = roundDigits(exactDigits(value), places + 1);
  const exponent = value === 0 ? 0 : rounded.point - 1;
  const digits = rounded.digits.slice(0, places + 1);
  const mantissa = places > 0 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${mantissa}e${exponentText(exponent)}`;
}

/** |value| with `precision` significant digits, in the shorter notation (C's `%g`); `zeros` keeps zeros at the end. */
export function general(value: number, precision: number, zeros = false): string {
  const digits = Math.max(1, precision);
  const rounded = roundDigits(exactDigits(value), digits);
  const exponent = value === 0 ? 0 : rounded.point - 1;
  const text =
    exponent < -4 || exponent >= digits
      ? scientific(value, digits - 1)
      : fixed(value, digits - 1 - exponent);
  if (zeros || !text.includes('.')) return text;
  return text.replace(/\.?0*(e|$)/, '$1');
}

function exponentText(exponent: number): string {
  return `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** A float as Python prints it: the shortest digits that give it back, `1.0`, `1e+16`, `1e-05`, `inf`, `nan`. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0.0`;
  const [mantissa, power] = Math.abs(value).toExponential().split('e') as [string, string];
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) return `${sign}${mantissa}e${exponentText(exponent)}`;
  const text = String(Math.abs(value));
  if (!text.includes('e')) return sign + (text.includes('.') ? text : `${text}.0`);
  return sign + fixed(value, mantissa.replace('.', '').length - 1 - exponent);
}

/** Rounds to `places` decimals, half to even on the exact value (Python's `round`). */
export function roundFloat(value: number, places: number): number {
  if (!Number.isFinite(value) || places > 323) return value;
  if (places < -308) return value < 0 ? -0 : 0;
  const exact = exactDigits(value);
  const keep = exact.point + places;
  if (keep >= exact.digits.length) return value;
  const { digits, point } = roundDigits(exact, keep);
  const rounded = digits === '' ? 0 : Number(`0.${digits}e${point}`);
  return value < 0 ? -rounded : rounded;
}

/** Digits and white space beyond ASCII, which Python reads as well. */
const foreignDigit = /[^\P{Nd}0-9]|[^\S\0-\x7f]/u;

/** Parses text as Python's `int(text, base)`; undefined where it is not a number. @throws JinjaError beyond 2^53 */
export function parseInteger(text: string, base: number): number | undefined {
  if (foreignDigit.test(text)) unsupported('a number in letters beyond ASCII');
  const [, sign, rest] = /^([+-]?)(.*)$/s.exec(text.trim())!;
  const marked = /^0([box])_?(.*)$/is.exec(rest!);
  const markedBase = marked && { b: 2, o: 8, x: 16 }[marked[1]!.toLowerCase()];
  const used = base === 0 ? (markedBase ?? 10) : base;
  const digits = markedBase === used ? marked![2]! : rest!;
  if (base !== 0 && (base < 2 || base > 36)) fail('int() base must be >= 2 and <= 36, or 0');
  if (!/^[0-9a-z]+(_[0-9a-z]+)*$/i.test(digits)) return undefined;
  if (base === 0 && !markedBase && /^0[0_]*[1-9]/.test(digits)) return undefined;
  let value = 0;
  for (const digit of digits.replaceAll('_', '')) {
    const worth = Number.parseInt(digit, 36);
    if (worth >= used) return undefined;
    value = value * used + worth;
  }
  return integer(sign === '-' ? -value : value);
}

/** Parses text as Python's `float(text)`; undefined where it is not a number. */
export function parseFloatText(text: string): number | undefined {
  const trimmed = text.trim();
  if (foreignDigit.test(text)) unsupported('a number in letters beyond ASCII');
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(trimmed);
  if (word) {
    if (word[2]!.toLowerCase() === 'nan') return Number.NaN;
    return word[1] === '-' ? -Infinity : Infinity;
  }
  const digits = String.raw`\d+(?:_\d+)*`;
  const shape = new RegExp(
    `^[+-]?(?:${digits}\\.?(?:${digits})?|\\.${digits})(?:e[+-]?${digits})?$`,
    'i',
  );
  return shape.test(trimmed) ? Number(trimmed.replaceAll('_', '')) : undefined;
}
