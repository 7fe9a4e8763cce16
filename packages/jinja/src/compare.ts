import { keyOf } from './dictionaries.ts';
import { checkLenient, fail, unsupported } from './errors.ts';
import { iterate } from './iterate.ts';
import { checkNesting } from './limits.ts';
import { numberOf } from './numbers.ts';
import { compareText } from './text.ts';
import { isKind, isUndefined, typeName, type Run, type Value } from './values.ts';

/** Python's truth of a value. */
export function isTrue(value: Value): boolean {
  if (value === null) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'string') return value !== '';
  switch (value.kind) {
    case 'float':
      return value.value !== 0;
    case 'list':
    case 'tuple':
      return value.items.length > 0;
    case 'dict':
      return value.entries.size > 0;
    case 'view':
      return value.dict.entries.size > 0;
    case 'range':
      return value.length > 0;
    case 'markup':
      return value.text !== '';
    case 'undefined':
      checkLenient(value);
      return false;
    case 'instance':
      return value.length ? value.length() > 0 : true;
    default:
      return true;
  }
}

/** Python's `==`. */
export function isEqual(run: Run, a: Value, b: Value, depth = 0): boolean {
  if (a === b && !(isUndefined(a) && a.strict)) return true;
  const left = numberOf(a);
  if (left !== undefined) return left === numberOf(b);
  for (const value of [a, b]) if (isUndefined(value)) checkLenient(value);
  if (isUndefined(a)) return isUndefined(b);
  if (isKind(a, 'markup')) return a.text === (isKind(b, 'markup') ? b.text : b);
  if (isKind(b, 'markup')) return a === b.text;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  checkNesting(depth);
  run.meter.spend(1);
  if ((a.kind === 'list' && b.kind === 'list') || (a.kind === 'tuple' && b.kind === 'tuple')) {
    return (
      a.items.length === b.items.length &&
      a.items.every((item, i) => isEqual(run, item, b.items[i]!, depth + 1))
    );
  }
  if (a.kind === 'dict' && b.kind === 'dict') {
    if (a.entries.size !== b.entries.size) return false;
    for (const [key, [, value]] of a.entries) {
      const other = b.entries.get(key);
      if (!other || !isEqual(run, value, other[1], depth + 1)) return false;
    }
    return true;
  }
  if (a.kind === 'range' && b.kind === 'range') {
    if (a.length !== b.length) return false;
    return a.length === 0 || (a.start === b.start && (a.length === 1 || a.step === b.step));
  }
  if (a.kind === 'view' && b.kind === 'view')
    return unsupported('a comparison of two views of dictionaries');
  return false;
}

/** Order of two values: negative, zero or positive. NaN gives NaN. @throws JinjaError where Python has no order */
export function order(run: Run, a: Value, b: Value, depth = 0): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left !== undefined && right !== undefined) return left === right ? 0 : left - right;
  if ((isKind(a, 'list') && isKind(b, 'list')) || (isKind(a, 'tuple') && isKind(b, 'tuple'))) {
    checkNesting(depth);
    run.meter.spend(1);
    for (let i = 0; i < a.items.length && i < b.items.length; i++) {
      if (!isEqual(run, a.items[i]!, b.items[i]!)) {
        return order(run, a.items[i]!, b.items[i]!, depth + 1);
      }
    }
    return a.items.length - b.items.length;
  }
  for (const value of [a, b]) {
    if (isUndefined(value)) fail(value.message);
    if (isKind(value, 'markup')) unsupported('the order of text marked as safe');
  }
  return fail(`'${typeName(a)}' and '${typeName(b)}' have no order`);
}

/** Python's `item in container`. */
export function contains(run: Run, container: Value, item: Value): boolean {
  if (isKind(container, 'markup')) return unsupported('in with text marked as safe');
  if (typeof container === 'string') {
    if (isKind(item, 'markup')) return unsupported('in with text marked as safe');
    if (typeof item !== 'string') {
      return fail(`'in <string>' requires string as left operand, not ${typeName(item)}`);
    }
    run.meter.spend(1 + container.length / 64);
    return container.includes(item);
  }
  if (isKind(container, 'dict')) return container.entries.has(keyOf(item));
  if (isKind(container, 'view') && container.of === 'keys')
    return container.dict.entries.has(keyOf(item));
  for (const other of iterate(run, container)) {
    run.meter.spend(1);
    if (isEqual(run, other, item)) return true;
  }
  return false;
}
