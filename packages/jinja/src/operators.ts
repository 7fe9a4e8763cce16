import { escapeHtml } from './escape.ts';
import { fail, unsupported } from './errors.ts';
import { printf } from './format/printf.ts';
import { lengthOfValue, requireDefined } from './iterate.ts';
import { integer, numberOf } from './numbers.ts';
import { float, isKind, list, tuple, typeName, type Run, type Value } from './values.ts';

/** The arithmetic operators of the language. */
export type Operator = '+' | '-' | '*' | '/' | '//' | '%' | '**';

const isFloat = (value: Value): boolean => isKind(value, 'float');

/** Python's floor division and modulo, whose remainder has the sign of the divisor. */
function divide(a: number, b: number): { quotient: number; remainder: number } {
  let remainder = a % b;
  if (remainder !== 0 && remainder < 0 !== b < 0) remainder += b;
  const quotient = Math.round((a - remainder) / b);
  const signedZero = a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
  return {
    quotient: quotient === 0 ? signedZero : quotient,
    remainder: remainder === 0 ? (b < 0 ? -0 : 0) : remainder,
  };
}

/** Arithmetic of two numbers: ints stay ints but for `/` and negative powers. */
function compute(operator: Operator, a: number, b: number, floating: boolean): Value {
  const wrap = (value: number): Value => (floating ? float(value) : integer(value));
  switch (operator) {
    case '+':
      return wrap(a + b);
    case '-':
      return wrap(a - b);
    case '*':
      return wrap(a * b);
    case '**': {
      if (a === 0 && b < 0) return fail('0.0 cannot be raised to a negative power');
      const power = a ** b;
      if (!floating) return b < 0 ? float(power) : integer(power);
      if (a < 0 && !Number.isInteger(b)) return unsupported('a power that is a complex number');
      if (!Number.isFinite(power) && Number.isFinite(a) && Number.isFinite(b)) {
        return fail('the power is too large for a float');
      }
      return float(power);
    }
  }
  if (b === 0) return fail('division by zero');
  if (operator === '/') return float(a / b);
  if (floating && (!Number.isFinite(a) || !Number.isFinite(b))) {
    return fail('the modulo of an infinite number is not computed');
  }
  const { quotient, remainder } = divide(a, b);
  return wrap(operator === '//' ? quotient : remainder);
}

/** Text or a sequence, `times` over. */
function repeat(run: Run, value: Value, times: number): Value | undefined {
  const count = Math.max(0, times);
  if (typeof value === 'string') {
    run.meter.text(value.length * count);
    return value.repeat(count);
  }
  if (isKind(value, 'markup')) {
    run.meter.text(value.text.length * count);
    return { kind: 'markup', text: value.text.repeat(count) };
  }
  if (isKind(value, 'list') || isKind(value, 'tuple')) {
    run.meter.items(value.items.length * count);
    const items = Array.from({ length: count }, () => value.items).flat();
    return value.kind === 'list' ? list(items) : tuple(items);
  }
  return undefined;
}

function isInteger(value: Value): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

const isText = (value: Value): boolean => typeof value === 'string' || isKind(value, 'markup');

/** Joins texts or sequences of one kind. Beside text marked as safe, other text is escaped, and the whole is safe. */
function join(run: Run, a: Value, b: Value): Value | undefined {
  if (typeof a === 'string' && typeof b === 'string') {
    run.meter.text(a.length + b.length);
    return a + b;
  }
  if (isText(a) && isText(b)) {
    const text = escapeHtml(run, a) + escapeHtml(run, b);
    run.meter.text(text.length);
    return { kind: 'markup', text };
  }
  if (isKind(a, 'list') && isKind(b, 'list')) {
    run.meter.items(lengthOfValue(a) + lengthOfValue(b));
    return list([...a.items, ...b.items]);
  }
  if (isKind(a, 'tuple') && isKind(b, 'tuple')) {
    run.meter.items(a.items.length + b.items.length);
    return tuple([...a.items, ...b.items]);
  }
  return undefined;
}

/** `a operator b` as Python computes it. @throws JinjaError where Python raises, and for integers beyond 2^53 */
export function arithmetic(run: Run, operator: Operator, a: Value, b: Value): Value {
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left !== undefined && right !== undefined) {
    return compute(operator, left, right, isFloat(a) || isFloat(b));
  }
  requireDefined(a);
  if (operator === '%' && typeof a === 'string') return printf(run, a, b);
  requireDefined(b);
  if (operator === '+') {
    const joined = join(run, a, b);
    if (joined !== undefined) return joined;
  }
  if (operator === '*') {
    const repeated = isInteger(b)
      ? repeat(run, a, Number(b))
      : isInteger(a)
        ? repeat(run, b, Number(a))
        : undefined;
    if (repeated !== undefined) return repeated;
  }
  if (operator === '%' && isKind(a, 'markup')) {
    return unsupported('% on text marked as safe');
  }
  if (isKind(a, 'view') || isKind(b, 'view')) {
    return unsupported('an operator on a view of a dictionary');
  }
  return fail(`unsupported operand type(s) for ${operator}: '${typeName(a)}' and '${typeName(b)}'`);
}

/** `-a` or `+a`. */
export function signed(sign: '-' | '+', a: Value): Value {
  requireDefined(a);
  const value = numberOf(a);
  if (value === undefined) return fail(`bad operand type for unary ${sign}: '${typeName(a)}'`);
  const result = sign === '-' ? -value : value;
  return isFloat(a) ? float(result) : integer(result);
}
