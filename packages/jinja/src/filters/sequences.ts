import { flag, integerOr } from '../arguments.ts';
import { isEqual, order } from '../compare.ts';
import { keyOf } from '../dictionaries.ts';
import { fail, unsupported } from '../errors.ts';
import { itemsOf, iterate, lengthOfValue, listOf } from '../iterate.ts';
import { arithmetic } from '../operators.ts';
import { str } from '../repr.ts';
import { builtin, type Builtin } from '../signature.ts';
import { characters } from '../text.ts';
import {
  isKind,
  isUndefined,
  list,
  once,
  tuple,
  typeName,
  undefinedValue,
  type Run,
  type Tuple,
  type Value,
} from '../values.ts';
import { chosen } from './random.ts';
import { sortBy } from './sorting.ts';
import { keyGetter, keyGetters, pathGetter, withoutCase } from './attribute-path.ts';

function join(run: Run, value: Value, separator: string, attribute: Value): string {
  const get = attribute === null ? undefined : pathGetter(attribute);
  const texts: string[] = [];
  let length = 0;
  for (const item of iterate(run, value)) {
    const text = str(run, get ? get(run, item) : item);
    length += text.length + separator.length;
    run.meter.spend(1);
    texts.push(text);
  }
  run.meter.text(length);
  return texts.join(separator);
}

function dictSort(
  run: Run,
  value: Value,
  caseSensitive: boolean,
  by: Value,
  reverse: boolean,
): Value {
  if (by !== 'key' && by !== 'value') return fail('dictsort sorts by "key" or "value"');
  if (!isKind(value, 'dict')) return fail(`dictsort needs a dictionary, not ${typeName(value)}`);
  const pairs = Array.from(value.entries.values(), (pair) => tuple(pair));
  const key = (pair: Value): Value =>
    (pair as { items: readonly Value[] }).items[by === 'key' ? 0 : 1]!;
  const sortKey = (pair: Value): Value => (caseSensitive ? key(pair) : withoutCase(key(pair)));
  return list(sortBy(run, pairs, sortKey, reverse));
}

function* unique(
  run: Run,
  items: Iterable<Value>,
  caseSensitive: boolean,
  attribute: Value,
): Generator<Value> {
  const get = keyGetter(attribute, caseSensitive);
  const seen = new Set<unknown>();
  for (const item of items) {
    run.meter.spend(1);
    const value = get(run, item);
    const key = isUndefined(value) ? undefined : keyOf(value);
    if (!seen.has(key)) {
      seen.add(key);
      yield item;
    }
  }
}

/** The smallest (−1) or largest (1) item; the first of equal ones. */
function extreme(
  run: Run,
  value: Value,
  direction: 1 | -1,
  caseSensitive: boolean,
  attribute: Value,
): Value {
  const get = keyGetter(attribute, caseSensitive);
  let best: { item: Value; key: Value } | undefined;
  for (const item of iterate(run, value)) {
    run.meter.spend(1);
    const key = get(run, item);
    if (!best || order(run, key, best.key) * direction > 0) best = { item, key };
  }
  return best ? best.item : undefinedValue(run.language, 'No aggregated item, sequence was empty.');
}

function* batch(run: Run, items: Iterable<Value>, size: number, fill: Value): Generator<Value> {
  let group: Value[] = [];
  for (const item of items) {
    run.meter.spend(1);
    if (group.length === size) {
      yield list(group);
      group = [];
    }
    group.push(item);
  }
  if (group.length === 0) return;
  const missing = fill === null ? 0 : Math.max(0, size - group.length);
  run.meter.items(missing);
  yield list([...group, ...Array.from({ length: missing }, () => fill)]);
}

function* slices(run: Run, items: readonly Value[], count: number, fill: Value): Generator<Value> {
  if (count === 0) fail('integer division or modulo by zero');
  const size = Math.floor(items.length / count);
  const longer = items.length - size * count;
  let start = 0;
  for (let i = 0; i < count; i++) {
    run.meter.spend(2);
    const end = start + size + (i < longer ? 1 : 0);
    const part = items.slice(start, end);
    yield list(fill !== null && i >= longer ? [...part, fill] : part);
    start = end;
  }
}

function groupBy(
  run: Run,
  value: Value,
  attribute: Value,
  fallback: Value,
  caseSensitive: boolean,
): Value {
  const get = keyGetter(attribute, caseSensitive, fallback);
  const shown = pathGetter(attribute, fallback);
  const sorted = sortBy(run, itemsOf(run, value), (item) => get(run, item), false);
  const groups: { key: Value; items: Value[] }[] = [];
  for (const item of sorted) {
    const key = get(run, item);
    const last = groups.at(-1);
    if (last && isEqual(run, last.key, key)) last.items.push(item);
    else groups.push({ key, items: [item] });
  }
  return list(
    groups.map(({ items }): Tuple => ({
      kind: 'tuple',
      items: [shown(run, items[0]!), list(items)],
      fields: ['grouper', 'list'],
    })),
  );
}

function reverse(run: Run, value: Value): Value {
  if (typeof value === 'string') return [...characters(value)].reverse().join('');
  if (isKind(value, 'markup')) return unsupported('a filter on text marked as safe');
  const items = itemsOf(run, value).reverse();
  return isKind(value, 'once') ? list(items) : once(items);
}

function last(run: Run, value: Value): Value {
  if (isKind(value, 'once')) return fail(`'${typeName(value)}' object is not reversible`);
  const items: readonly Value[] =
    typeof value === 'string' ? characters(value) : itemsOf(run, value);
  return items.length > 0
    ? items.at(-1)!
    : undefinedValue(run.language, 'No last item, sequence was empty.');
}

function sum(run: Run, value: Value, attribute: Value, start: Value): Value {
  if (typeof start === 'string') return fail("sum() can't sum strings");
  const get = attribute === null ? undefined : pathGetter(attribute);
  let total: Value = start;
  for (const item of iterate(run, value)) {
    run.meter.spend(1);
    total = arithmetic(run, '+', total, get ? get(run, item) : item);
  }
  return total;
}

const given = (value: Value | undefined): Value => (value === undefined ? null : value);

/** Filters on sequences and dictionaries. */
export const sequenceFilters: Readonly<Record<string, Builtin>> = {
  length: builtin('', (_run, value) => lengthOfValue(value)),
  count: builtin('', (_run, value) => lengthOfValue(value)),
  list: builtin('', listOf),
  join: builtin('[d attribute]', (run, value, [separator, attribute]) =>
    join(run, value, separator === undefined ? '' : str(run, separator), given(attribute)),
  ),
  first: builtin('', (run, value) => {
    for (const item of iterate(run, value)) return item;
    return undefinedValue(run.language, 'No first item, sequence was empty.');
  }),
  last: builtin('', last),
  reverse: builtin('', reverse),
  sort: builtin(
    '[reverse case_sensitive attribute]',
    (run, value, [backwards, caseSensitive, attribute]) => {
      const getters = keyGetters(given(attribute), flag(caseSensitive));
      return list(
        sortBy(
          run,
          itemsOf(run, value),
          (item) => list(getters.map((get) => get(run, item))),
          flag(backwards),
        ),
      );
    },
  ),
  dictsort: builtin('[case_sensitive by reverse]', (run, value, [caseSensitive, by, backwards]) =>
    dictSort(run, value, flag(caseSensitive), by === undefined ? 'key' : by, flag(backwards)),
  ),
  unique: builtin('[case_sensitive attribute]', (run, value, [caseSensitive, attribute]) =>
    once(unique(run, iterate(run, value), flag(caseSensitive), given(attribute))),
  ),
  min: builtin('[case_sensitive attribute]', (run, value, [caseSensitive, attribute]) =>
    extreme(run, value, -1, flag(caseSensitive), given(attribute)),
  ),
  max: builtin('[case_sensitive attribute]', (run, value, [caseSensitive, attribute]) =>
    extreme(run, value, 1, flag(caseSensitive), given(attribute)),
  ),
  sum: builtin('[attribute start]', (run, value, [attribute, start]) =>
    sum(run, value, given(attribute), start === undefined ? 0 : start),
  ),
  batch: builtin('linecount [fill_with]', (run, value, [size, fill]) =>
    once(batch(run, iterate(run, value), integerOr(size, 0, 'the size of a batch'), given(fill))),
  ),
  slice: builtin('slices [fill_with]', (run, value, [count, fill]) =>
    once(
      slices(run, itemsOf(run, value), integerOr(count, 0, 'the number of slices'), given(fill)),
    ),
  ),
  groupby: builtin(
    'attribute [default case_sensitive]',
    (run, value, [attribute, fallback, caseSensitive]) =>
      groupBy(run, value, attribute!, given(fallback), flag(caseSensitive)),
  ),
  items: builtin('', (_run, value) => {
    if (isUndefined(value)) return once([]);
    if (!isKind(value, 'dict')) return fail('Can only get item pairs from a mapping.');
    return once(Array.from(value.entries.values(), (pair) => tuple(pair)));
  }),
  random: builtin('', (run, value) => {
    const item = chosen(run, value);
    return item === undefined
      ? undefinedValue(run.language, 'No random item, sequence was empty.')
      : item;
  }),
};
