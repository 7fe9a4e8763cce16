import { getItem } from '../attributes.ts';
import { isUndefined, type Run, type Value } from '../values.ts';

type Getter = (run: Run, item: Value) => Value;

/** The keys of `a.b.0`; a number for a part of digits. */
function parts(path: Value): Value[] {
  if (path === null) return [];
  if (typeof path !== 'string') return [path];
  return path.split('.').map((part) => (/^\p{Nd}+$/u.test(part) ? Number(part) : part));
}

/** Reads what lies at a dotted path of an item; a fallback stands for what is undefined on the way. */
export function pathGetter(path: Value, fallback: Value = null): Getter {
  const keys = parts(path);
  return (run, item) => {
    let value = item;
    for (const key of keys) {
      value = getItem(run, value, key);
      if (fallback !== null && isUndefined(value)) value = fallback;
    }
    return value;
  };
}

/** Text without case, anything else as it is: what sorting and comparing filters use unless told otherwise. */
export function withoutCase(value: Value): Value {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** A getter of a path, without case unless `caseSensitive`. */
export function keyGetter(path: Value, caseSensitive: boolean, fallback: Value = null): Getter {
  const get = pathGetter(path, fallback);
  return caseSensitive ? get : (run, item) => withoutCase(get(run, item));
}

/** Getters of the paths that a text names, between commas. */
export function keyGetters(paths: Value, caseSensitive: boolean): Getter[] {
  const named = typeof paths === 'string' ? paths.split(',') : [paths];
  return named.map((path) => keyGetter(path, caseSensitive));
}
