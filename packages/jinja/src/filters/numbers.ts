import { flag, integerOr } from '../arguments.ts';
import { fail, unsupported } from '../errors.ts';
import { requireDefined } from '../iterate.ts';
import { fixed, integer, numberOf, parseFloatText, parseInteger, roundFloat } from '../numbers.ts';
import { arithmetic } from '../operators.ts';
import { builtin, type Builtin } from '../signature.ts';
import { float, isKind, typeName, type Run, type Value } from '../values.ts';

function toInteger(value: Value, fallback: Value, base: number): Value {
  requireDefined(value);
  if (isKind(value, 'markup')) return unsupported('the filter int of text marked as safe');
  if (typeof value === 'string') {
    const whole = parseInteger(value, base);
    if (whole !== undefined) return whole;
    const number = parseFloatText(value);
    return number === undefined || !Number.isFinite(number)
      ? fallback
      : integer(Math.trunc(number));
  }
  const number = numberOf(value);
  if (number === undefined || Number.isNaN(number)) return fallback;
  if (!Number.isFinite(number)) return fail('cannot convert float infinity to integer');
  return integer(Math.trunc(number));
}

function toFloat(value: Value, fallback: Value): Value {
  requireDefined(value);
  if (isKind(value, 'markup')) return unsupported('the filter float of text marked as safe');
  const number = typeof value === 'string' ? parseFloatText(value) : numberOf(value);
  return number === undefined ? fallback : float(number);
}

function round(run: Run, value: Value, places: number, method: string): Value {
  if (method !== 'common' && method !== 'ceil' && method !== 'floor')
    return fail('method must be common, ceil or floor');
  requireDefined(value);
  const number = numberOf(value);
  if (number === undefined) return fail(`type ${typeName(value)} cannot be rounded`);
  if (method === 'common') {
    if (isKind(value, 'float')) return float(roundFloat(number, places));
    if (places >= 0) return number;
    if (places < -15) return 0;
    const unit = 10 ** -places;
    const low = Math.floor(number / unit);
    const rest = number - low * unit;
    const up = rest * 2 > unit || (rest * 2 === unit && Math.abs(low % 2) === 1);
    return integer((low + (up ? 1 : 0)) * unit);
  }
  const unit = arithmetic(run, '**', 10, places);
  const scaled = numberOf(arithmetic(run, '*', value, unit))!;
  if (!Number.isFinite(scaled)) return fail('cannot convert float infinity to integer');
  return arithmetic(run, '/', integer(Math[method](scaled)), unit);
}

const units = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];

function fileSize(value: Value, binary: boolean): string {
  requireDefined(value);
  const bytes = typeof value === 'string' ? parseFloatText(value) : numberOf(value);
  if (bytes === undefined || !Number.isFinite(bytes)) return fail('filesizeformat needs a number');
  const base = binary ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${Math.trunc(bytes) + 0} Bytes`;
  let i = 0;
  while (i < units.length - 1 && bytes >= base ** (i + 2)) i += 1;
  const name = binary ? `${units[i]!.toUpperCase()}iB` : `${units[i]}B`;
  return `${fixed((base * bytes) / base ** (i + 2), 1)} ${name}`;
}

/** Filters on numbers. */
export const numberFilters: Readonly<Record<string, Builtin>> = {
  int: builtin('[default base]', (_run, value, [fallback, base]) =>
    toInteger(value, fallback === undefined ? 0 : fallback, integerOr(base, 10, 'the base')),
  ),
  float: builtin('[default]', (_run, value, [fallback]) =>
    toFloat(value, fallback === undefined ? float(0) : fallback),
  ),
  abs: builtin('', (_run, value) => {
    requireDefined(value);
    const number = numberOf(value);
    if (number === undefined) return fail(`bad operand type for abs(): '${typeName(value)}'`);
    return isKind(value, 'float') ? float(Math.abs(number)) : Math.abs(number);
  }),
  round: builtin('[precision method]', (run, value, [precision, method]) =>
    round(
      run,
      value,
      integerOr(precision, 0, 'the precision'),
      method === undefined ? 'common' : String(method),
    ),
  ),
  filesizeformat: builtin('[binary]', (_run, value, [binary]) => fileSize(value, flag(binary))),
};
