import { checkLenient, fail } from './errors.ts';
import { characters, lengthOf } from './text.ts';
import { isUndefined, list, tuple, typeName, type Range, type Run, type Value } from './values.ts';

function* rangeItems(range: Range): Generator<Value> {
  for (let i = 0; i < range.length; i++) yield range.start + i * range.step;
}

/** The items Python's iteration gives: of text its characters, of a dictionary its keys. @throws JinjaError */
export function iterate(run: Run, value: Value): Iterable<Value> {
  if (typeof value === 'string') {
    run.meter.text(value.length);
    return characters(value);
  }
  if (typeof value === 'object' && value !== null) {
    switch (value.kind) {
      case 'list':
      case 'tuple':
        return value.items;
      case 'dict':
        return Array.from(value.entries.values(), ([key]) => key);
      case 'view': {
        const pairs = Array.from(value.dict.entries.values());
        if (value.of === 'items') return pairs.map((pair) => tuple(pair));
        return pairs.map((pair) => pair[value.of === 'keys' ? 0 : 1]);
      }
      case 'range':
        return rangeItems(value);
      case 'once': {
        const { iterator } = value;
        return { [Symbol.iterator]: () => ({ next: () => iterator.next() }) };
      }
      case 'markup':
        return characters(value.text);
      case 'undefined':
        checkLenient(value);
        return [];
    }
  }
  return fail(`'${typeName(value)}' object is not iterable`);
}

/** All items of a value in an array of their own. */
export function itemsOf(run: Run, value: Value): Value[] {
  const items: Value[] = [];
  for (const item of iterate(run, value)) {
    run.meter.spend(1);
    items.push(item);
  }
  run.meter.items(items.length);
  return items;
}

/** All items as a list. */
export function listOf(run: Run, value: Value): Value {
  return list(itemsOf(run, value));
}

/** Python's `len`, or undefined where a value has none. */
export function sizeOf(value: Value): number | undefined {
  if (typeof value === 'string') return lengthOf(value);
  if (typeof value !== 'object' || value === null) return undefined;
  switch (value.kind) {
    case 'list':
    case 'tuple':
      return value.items.length;
    case 'dict':
      return value.entries.size;
    case 'view':
      return value.dict.entries.size;
    case 'range':
      return value.length;
    case 'markup':
      return lengthOf(value.text);
    case 'undefined':
      checkLenient(value);
      return 0;
    case 'instance':
      return value.length?.();
    default:
      return undefined;
  }
}

/** Python's `len`. @throws JinjaError where a value has none */
export function lengthOfValue(value: Value): number {
  return sizeOf(value) ?? fail(`object of type '${typeName(value)}' has no len()`);
}

/** Throws for an undefined value, with what is missing. */
export function requireDefined(value: Value): void {
  if (isUndefined(value)) fail(value.message);
}
