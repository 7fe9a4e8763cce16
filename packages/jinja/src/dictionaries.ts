import { checkLenient, fail, unsupported } from './errors.ts';
import { itemsOf, iterate, requireDefined } from './iterate.ts';
import {
  isKind,
  typeName,
  type Arguments,
  type Dict,
  type Key,
  type Run,
  type Value,
} from './values.ts';

/** Lone halves of a surrogate pair: no text has them. */
const [tupleMark, undefinedMark] = ['\uDC00', '\uDC01'];

/** A key with its kind, so that the text '1' and the number 1 stay apart inside a tuple. */
function tagged(value: Value): readonly [string, Key] {
  const key = keyOf(value);
  return [typeof key, typeof key === 'number' && !Number.isFinite(key) ? String(key) : key];
}

/**
 * What a dictionary finds a key by: 1, 1.0 and True are the same, and so are all undefined values.
 *
 * @throws JinjaError where Python cannot hash the value, or for a kind of value that is not supported as a key
 */
export function keyOf(value: Value): Key {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value.kind === 'float') return value.value;
  if (value.kind === 'list' || value.kind === 'dict')
    return fail(`unhashable type: '${typeName(value)}'`);
  if (value.kind === 'tuple') return tupleMark + JSON.stringify(value.items.map(tagged));
  if (value.kind === 'undefined') {
    checkLenient(value);
    return undefinedMark;
  }
  return unsupported(`a ${typeName(value)} as a key`);
}

/** A dictionary of pairs; a later pair takes the value's place, not the key's. */
export function dict(pairs: Iterable<readonly [Value, Value]>): Dict {
  const entries = new Map<Key, readonly [Value, Value]>();
  for (const [key, value] of pairs) {
    const found = keyOf(key);
    entries.set(found, [entries.get(found)?.[0] ?? key, value]);
  }
  return { kind: 'dict', entries };
}

/** A dictionary of named values. */
export function dictOfNames(names: ReadonlyMap<string, Value>): Dict {
  return dict(names);
}

/** The pairs that `dict(…)` and `dict.update(…)` take: of a dictionary or of pairs, and of named values. */
export function pairsOf(run: Run, { positional, named }: Arguments): (readonly [Value, Value])[] {
  if (positional.length > 1)
    return fail(`dict expected at most 1 argument, got ${positional.length}`);
  const [source] = positional;
  const pairs: (readonly [Value, Value])[] = [];
  if (source !== undefined && isKind(source, 'dict')) pairs.push(...source.entries.values());
  else if (source !== undefined) {
    requireDefined(source);
    for (const item of iterate(run, source)) {
      const pair = itemsOf(run, item);
      if (pair.length !== 2) fail(`a pair of a dictionary has ${pair.length} items`);
      pairs.push([pair[0]!, pair[1]!]);
    }
  }
  run.meter.items(pairs.length + named.size);
  return [...pairs, ...named];
}
