import { fail, unsupported } from '../errors.ts';
import { fixed, floatText, general, integer, numberOf, scientific } from '../numbers.ts';
import { characters, cut, lengthOf } from '../text.ts';
import { isKind, typeName, type Run, type Value } from '../values.ts';
import { str } from '../repr.ts';

/** How a number or text is laid out: the parts of Python's format specification. */
export interface Layout {
  readonly fill: string;
  readonly align: '<' | '>' | '^' | '=';
  readonly sign: string;
  readonly alternate: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

/** Fills a text up to a width. The meter is asked first. */
export function pad(run: Run, text: string, width: number, fill: string, align: string): string {
  const missing = width - lengthOf(text);
  if (missing <= 0) return text;
  run.meter.text(text.length + missing * fill.length);
  if (align === '<') return text + fill.repeat(missing);
  if (align === '>') return fill.repeat(missing) + text;
  const left = Math.floor(missing / 2);
  return fill.repeat(left) + text + fill.repeat(missing - left);
}

/** Puts a separator between groups of digits of the whole part. */
function group(digits: string, separator: string, size: number): string {
  if (separator === '') return digits;
  const end = /[.e]/.exec(digits)?.index ?? digits.length;
  let whole = digits.slice(0, end);
  let grouped = '';
  while (whole.length > size) {
    grouped = separator + whole.slice(-size) + grouped;
    whole = whole.slice(0, -size);
  }
  return whole + grouped + digits.slice(end);
}

/** |value| in a float presentation: `e`, `f`, `g`, `%` or none, upper case alike. */
export function floatDigits(
  value: number,
  type: string,
  precision: number | undefined,
  alternate: boolean,
): string {
  if (!Number.isFinite(value)) {
    const word = Number.isNaN(value) ? 'nan' : 'inf';
    return (
      (type === type.toUpperCase() && /[A-Z]/.test(type) ? word.toUpperCase() : word) +
      (type === '%' ? '%' : '')
    );
  }
  if ((precision ?? 0) > 1000) unsupported('a precision above 1000');
  const lower = type.toLowerCase();
  if (alternate && type !== '') unsupported("the '#' form of a float");
  let digits: string;
  if (lower === 'f') digits = fixed(value, precision ?? 6);
  else if (lower === 'e') digits = scientific(value, precision ?? 6);
  else if (lower === 'g') digits = general(value, precision ?? 6);
  else if (type === '%') digits = `${fixed(value * 100, precision ?? 6)}%`;
  else if (type === '' && precision === undefined) digits = floatText(Math.abs(value));
  else return unsupported(`the float format '${type}' with a precision`);
  return type === lower ? digits : digits.toUpperCase();
}

/** |value| in an integer presentation: `d`, `b`, `o`, `x`, `X`. */
export function integerDigits(value: number, type: string, alternate: boolean): string {
  const base = { d: 10, n: 10, b: 2, o: 8, x: 16, X: 16 }[type] ?? 10;
  const digits = Math.abs(value).toString(base);
  const shown = type === 'X' ? digits.toUpperCase() : digits;
  return alternate && base !== 10 ? `0${type}${shown}` : shown;
}

/** Parses `[[fill]align][sign][#][0][width][,][.precision][type]`. */
function parse(spec: string): Layout & { readonly aligned: boolean } {
  const shape = /^(?:(.)?([<>=^]))?([-+ ]?)(#?)(0?)(\d*)([_,]?)(?:\.(\d+))?([a-zA-Z%]?)$/su;
  const match = shape.exec(spec);
  if (!match) return fail(`Invalid format specifier '${spec}'`);
  const [, fill, align, sign, alternate, zero, width, grouping, precision, type] = match;
  return {
    fill: fill ?? (zero && !align ? '0' : ' '),
    align: (align ?? (zero ? '=' : '')) as Layout['align'],
    aligned: align !== undefined || zero === '0',
    sign: sign!,
    alternate: alternate === '#',
    width: Number(width || 0),
    grouping: grouping!,
    precision: precision === undefined ? undefined : Number(precision),
    type: type!,
  };
}

/** Lays a number's digits out with its sign. */
export function layNumber(run: Run, negative: boolean, digits: string, layout: Layout): string {
  const sign = negative ? '-' : layout.sign === '-' ? '' : layout.sign;
  if (layout.align !== '=') return pad(run, sign + digits, layout.width, layout.fill, layout.align);
  return sign + pad(run, digits, layout.width - sign.length, layout.fill, '>');
}

/** Python's `format(value, spec)`. @throws JinjaError where Python raises, or for a presentation that is not supported */
export function formatValue(run: Run, value: Value, spec: string): string {
  if (spec === '') return str(run, value);
  const layout = parse(spec);
  if (typeof value === 'string') {
    if (!['', 's'].includes(layout.type) || layout.sign || layout.grouping || layout.align === '=')
      return fail(`format '${spec}' does not fit a text`);
    const text =
      layout.precision === undefined
        ? value
        : cut(value, 0, Math.min(layout.precision, characters(value).length));
    return pad(run, text, layout.width, layout.fill, layout.aligned ? layout.align : '<');
  }
  const number = numberOf(value);
  if (isKind(value, 'markup')) return unsupported('a format of text marked as safe');
  if (number === undefined) return fail(`unsupported format string passed to ${typeName(value)}`);
  if (typeof value === 'boolean' && layout.type === '')
    return unsupported('a format of a boolean without a type');
  const aligned: Layout = layout.aligned ? layout : { ...layout, align: '>' };
  if (aligned.grouping && aligned.fill === '0' && aligned.align === '=' && aligned.width > 0)
    return unsupported('grouped digits filled up with zeros');
  const whole = !isKind(value, 'float');
  if (whole && ['', 'd', 'n', 'b', 'o', 'x', 'X', 'c'].includes(layout.type)) {
    if (layout.type === 'c' || layout.type === 'n')
      return unsupported(`the format type '${layout.type}'`);
    if (layout.precision !== undefined)
      return fail('Precision not allowed in integer format specifier');
    if (layout.grouping === ',' && !['', 'd'].includes(layout.type))
      return fail(`Cannot specify ',' with '${layout.type}'.`);
    const digits = integerDigits(integer(number), layout.type || 'd', layout.alternate);
    if (layout.alternate && layout.grouping) return unsupported("'#' with grouped digits");
    return layNumber(
      run,
      number < 0,
      group(digits, layout.grouping, ['', 'd'].includes(layout.type) ? 3 : 4),
      aligned,
    );
  }
  if (!['', 'e', 'E', 'f', 'F', 'g', 'G', '%'].includes(layout.type)) {
    return layout.type === 'n'
      ? unsupported("the format type 'n'")
      : fail(`Unknown format code '${layout.type}'`);
  }
  const digits = floatDigits(number, layout.type, layout.precision, layout.alternate);
  return layNumber(
    run,
    number < 0 || Object.is(number, -0),
    group(digits, layout.grouping, 3),
    aligned,
  );
}
