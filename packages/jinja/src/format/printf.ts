import { keyOf } from '../dictionaries.ts';
import { fail, unsupported } from '../errors.ts';
import { requireDefined } from '../iterate.ts';
import { integer, numberOf } from '../numbers.ts';
import { repr, str } from '../repr.ts';
import { characters, cut } from '../text.ts';
import { isKind, isUndefined, typeName, type Run, type Value } from '../values.ts';
import { floatDigits, integerDigits, layNumber, pad, type Layout } from './spec.ts';

const directive = /%(?:\(([^()]*)\))?([-+ #0]*)(\*|\d*)(?:\.(\*|\d*))?[hlL]?(.|$)/gsu;

/** One directive's text. */
function convert(
  run: Run,
  type: string,
  flags: string,
  width: number,
  precision: number | undefined,
  value: Value,
): string {
  const left = flags.includes('-');
  if (type === 's' || type === 'r') {
    const whole = type === 's' ? str(run, value) : repr(run, value);
    const text =
      precision === undefined
        ? whole
        : cut(whole, 0, Math.min(precision, characters(whole).length));
    return pad(run, text, width, ' ', left ? '<' : '>');
  }
  if (type === 'c' || type === 'a') return unsupported(`the directive %${type}`);
  requireDefined(value);
  const number = numberOf(value);
  if (number === undefined)
    return fail(`%${type} format: a number is required, not ${typeName(value)}`);
  const whole = 'diuxXo'.includes(type);
  if (whole && precision !== undefined) return unsupported(`a precision with %${type}`);
  const zero = flags.includes('0') && !left;
  const layout: Layout = {
    fill: zero ? '0' : ' ',
    align: left ? '<' : zero ? '=' : '>',
    sign: flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '',
    alternate: flags.includes('#'),
    width,
    grouping: '',
    precision,
    type,
  };
  if (whole) {
    if (isKind(value, 'float') && 'xXo'.includes(type))
      return fail(`%${type} format: an integer is required`);
    if (!Number.isFinite(number))
      return fail('cannot convert a float that is not finite to integer');
    const cutOff = integer(Math.trunc(number));
    const digits = integerDigits(cutOff, 'xXo'.includes(type) ? type : 'd', layout.alternate);
    return layNumber(run, cutOff < 0, digits, layout);
  }
  if (!'eEfFgG'.includes(type) || type === '')
    return fail(`unsupported format character '${type}'`);
  if (!Number.isFinite(number) && zero)
    return unsupported('a number that is not finite, filled up with zeros');
  const digits = floatDigits(number, type, precision, layout.alternate);
  return layNumber(run, number < 0 || Object.is(number, -0), digits, layout);
}

/**
 * Python's `format % values`: a tuple gives one value for each directive, a dictionary the named ones, anything else
 * is the only value.
 *
 * @throws JinjaError where values and directives do not match, and for directives that are not supported
 */
export function printf(run: Run, format: string, values: Value): string {
  const queue = isKind(values, 'tuple') ? [...values.items] : [values];
  const named = isKind(values, 'dict') ? values : undefined;
  let taken = 0;
  let byName = false;
  const next = (): Value => {
    const value = queue[taken];
    taken += 1;
    return value === undefined ? fail('not enough arguments for format string') : value;
  };
  const size = (text: string | undefined): number | undefined => {
    if (text === '*') return unsupported("'*' in a format");
    return text === undefined ? undefined : Number(text || 0);
  };
  const text = format.replace(
    directive,
    (
      _,
      name: string | undefined,
      flags: string,
      width: string,
      precision: string | undefined,
      type: string,
    ) => {
      if (type === '') return fail('incomplete format');
      if (type === '%' && name === undefined) return '%';
      let value: Value;
      if (name === undefined) value = next();
      else {
        if (!named) return fail('format requires a mapping');
        const entry = named.entries.get(keyOf(name));
        if (!entry) return fail(`format has no value '${name}'`);
        value = entry[1];
        byName = true;
      }
      return convert(run, type, flags, size(width) ?? 0, size(precision), value);
    },
  );
  if (!byName && taken < queue.length && !(named && taken === 0) && !isListLike(values)) {
    return fail('not all arguments converted during string formatting');
  }
  run.meter.text(text.length);
  return text;
}

/** Python lets these stand beside a format without directives. */
function isListLike(values: Value): boolean {
  return isUndefined(values) || isKind(values, 'list') || isKind(values, 'range');
}
