import { fail, unsupported } from './errors.ts';
import { requireDefined } from './iterate.ts';
import { keyOf } from './dictionaries.ts';
import { formatMethods } from './format/braces.ts';
import { bind, methodOf } from './methods/methods.ts';
import { numberOf } from './numbers.ts';
import { textRepr } from './repr.ts';
import { characters } from './text.ts';
import {
  isKind,
  isUndefined,
  list,
  tuple,
  typeName,
  undefinedValue,
  type Range,
  type Run,
  type Value,
} from './values.ts';

/** A Python attribute of a value, an undefined value for one the sandbox hides, or undefined where there is none. */
function attribute(run: Run, value: Value, name: string): Value | undefined {
  if (name.startsWith('__')) {
    return undefinedValue(
      run.language,
      `access to attribute '${name}' of '${typeName(value)}' is unsafe`,
    );
  }
  if (isKind(value, 'namespace')) {
    return name.startsWith('_') ? undefined : value.attributes.get(name);
  }
  if (isKind(value, 'instance')) return value.attribute(name);
  if (isKind(value, 'callable')) return value.attributes?.(name);
  if (isKind(value, 'tuple') && value.fields?.includes(name)) {
    return value.items[value.fields.indexOf(name)];
  }
  if (typeof value === 'string') return bind(formatting, value, name) ?? methodOf(run, value, name);
  return methodOf(run, value, name);
}

const formatting = formatMethods({ getAttribute, getItem });

/** `value[key]` where Python finds it, else undefined: a wrong key and a wrong kind of key are the same here. */
function item(value: Value, key: Value): Value | undefined {
  if (typeof value !== 'object' && typeof value !== 'string') return undefined;
  if (value === null) return undefined;
  if (isKind(value, 'dict')) {
    if (isKind(key, 'list') || isKind(key, 'dict')) return undefined;
    if (isUndefined(key)) return undefined;
    return value.entries.get(keyOf(key))?.[1];
  }
  if (typeof key !== 'number' && typeof key !== 'boolean') return undefined;
  const index = Number(key);
  const at = <T>(items: readonly T[]): T | undefined => items.at(index);
  if (typeof value === 'string') return at(characters(value));
  if (value.kind === 'markup') return unsupported('a part of text marked as safe');
  if (value.kind === 'list' || value.kind === 'tuple') return at(value.items);
  if (value.kind === 'range') {
    const position = index < 0 ? index + value.length : index;
    const inside = position >= 0 && position < value.length;
    return inside ? value.start + position * value.step : undefined;
  }
  return undefined;
}

function missing(run: Run, value: Value, name: Value): Value {
  const shown =
    typeof name === 'string' ? textRepr(name) : String(numberOf(name) ?? typeName(name));
  return undefinedValue(run.language, `'${typeName(value)} object' has no attribute ${shown}`);
}

/** `value.name`: the attribute, else the item. @throws JinjaError where the value is undefined */
export function getAttribute(run: Run, value: Value, name: string): Value {
  requireDefined(value);
  const own = attribute(run, value, name);
  if (own !== undefined) return own;
  const inside = item(value, name);
  return inside === undefined ? missing(run, value, name) : inside;
}

/** `value[key]`: the item, else the attribute. @throws JinjaError where the value is undefined */
export function getItem(run: Run, value: Value, key: Value): Value {
  requireDefined(value);
  const inside = item(value, key);
  if (inside !== undefined) return inside;
  const own = typeof key === 'string' ? attribute(run, value, key) : undefined;
  return own === undefined ? missing(run, value, key) : own;
}

/** The attribute alone (the filter `attr`). */
export function attributeOf(run: Run, value: Value, name: string): Value {
  requireDefined(value);
  const own = attribute(run, value, name);
  return own === undefined ? missing(run, value, name) : own;
}

/** A bound of a slice; undefined where it is left out or None. */
function bound(value: Value | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  return fail('slice indices must be integers or None');
}

/** The positions a slice takes from a sequence of `length` items. */
function positions(length: number, bounds: readonly (Value | undefined)[]): Range {
  const step = bound(bounds[2]) ?? 1;
  if (step === 0) fail('slice step cannot be zero');
  const clamp = (value: number): number => {
    const from = value < 0 ? value + length : value;
    return step > 0
      ? Math.min(Math.max(from, 0), length)
      : Math.min(Math.max(from, -1), length - 1);
  };
  const [first, last] = [bound(bounds[0]), bound(bounds[1])];
  const start = first === undefined ? (step > 0 ? 0 : length - 1) : clamp(first);
  const stop = last === undefined ? (step > 0 ? length : -1) : clamp(last);
  return {
    kind: 'range',
    start,
    stop,
    step,
    length: Math.max(0, Math.ceil((stop - start) / step)),
  };
}

/** `value[start:stop:step]`. @throws JinjaError where Python cannot slice the value */
export function slice(run: Run, value: Value, bounds: readonly (Value | undefined)[]): Value {
  requireDefined(value);
  if (isKind(value, 'range')) {
    const taken = positions(value.length, bounds);
    const place = (position: number): number => value.start + position * value.step;
    const [start, stop, step] = [place(taken.start), place(taken.stop), value.step * taken.step];
    return { kind: 'range', start, stop, step, length: taken.length };
  }
  const take = <T>(items: readonly T[]): T[] => {
    const { start, stop, step, length } = positions(items.length, bounds);
    if (step === 1) return items.slice(start, Math.max(start, stop));
    return Array.from({ length }, (_, i) => items[start + i * step]!);
  };
  if (typeof value === 'string') {
    run.meter.text(value.length);
    return take(characters(value)).join('');
  }
  if (isKind(value, 'list')) {
    run.meter.items(value.items.length);
    return list(take(value.items));
  }
  if (isKind(value, 'tuple')) return tuple(take(value.items));
  if (isKind(value, 'markup')) return unsupported('a part of text marked as safe');
  return fail(`'${typeName(value)}' object cannot be sliced`);
}
