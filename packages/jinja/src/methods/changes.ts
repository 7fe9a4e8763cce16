import { flag, integerOr } from '../arguments.ts';
import { isEqual } from '../compare.ts';
import { callValue } from '../compile/calls.ts';
import { keyOf, pairsOf } from '../dictionaries.ts';
import { fail } from '../errors.ts';
import { sortBy } from '../filters/sorting.ts';
import { itemsOf } from '../iterate.ts';
import { builtin, positionally, type Builtin } from '../signature.ts';
import { tuple, type Dict, type List, type Run, type Value } from '../values.ts';

/** Where `insert` puts an item: positions beyond the ends are the ends. */
function place(position: number, length: number): number {
  return Math.min(Math.max(position < 0 ? position + length : position, 0), length);
}

/** Sorts by what a function of the template gives for each item, or by the items themselves. */
function sorted(run: Run, items: readonly Value[], key: Value, reverse: boolean): Value[] {
  const by = (item: Value): Value =>
    key === null ? item : callValue(run, key, positionally(item));
  return sortBy(run, items, by, reverse);
}

/** The methods of `list` that change it. */
export const listChanges: Readonly<Record<string, Builtin<List>>> = {
  append: builtin('item/', (run, { items }, [item]) => {
    run.meter.grow(items.length + 1);
    items.push(item!);
    return null;
  }),
  extend: builtin('iterable/', (run, { items }, [more]) => {
    for (const item of itemsOf(run, more!)) {
      run.meter.grow(items.length + 1);
      items.push(item);
    }
    return null;
  }),
  insert: builtin('index item/', (run, { items }, [index, item]) => {
    run.meter.items(items.length + 1);
    items.splice(place(integerOr(index, 0, 'the index'), items.length), 0, item!);
    return null;
  }),
  pop: builtin('[index]/', (run, { items }, [index]) => {
    const at = integerOr(index, -1, 'the index');
    const from = at < 0 ? at + items.length : at;
    if (items.length === 0) return fail('pop from empty list');
    if (from < 0 || from >= items.length) return fail('pop index out of range');
    run.meter.spend(1 + (items.length - from) / 64);
    return items.splice(from, 1)[0]!;
  }),
  remove: builtin('item/', (run, { items }, [item]) => {
    run.meter.items(items.length);
    const at = items.findIndex((other) => isEqual(run, other, item!));
    if (at < 0) return fail('list.remove(x): x not in list');
    items.splice(at, 1);
    return null;
  }),
  clear: builtin('/', (_run, { items }) => {
    items.length = 0;
    return null;
  }),
  reverse: builtin('/', (run, { items }) => {
    run.meter.items(items.length);
    items.reverse();
    return null;
  }),
  sort: builtin('[key reverse]', (run, { items }, [key, reverse]) => {
    items.splice(0, items.length, ...sorted(run, items, key ?? null, flag(reverse)));
    return null;
  }),
};

/** The methods of `dict` that change it. */
export const dictChanges: Readonly<Record<string, Builtin<Dict>>> = {
  update: builtin('*', (run, { entries }, _args, given) => {
    for (const [key, value] of pairsOf(run, given)) {
      const found = keyOf(key);
      run.meter.grow(entries.size + 1);
      entries.set(found, [entries.get(found)?.[0] ?? key, value]);
    }
    return null;
  }),
  setdefault: builtin('key [default]/', (run, { entries }, [key, fallback]) => {
    const found = keyOf(key!);
    const present = entries.get(found);
    if (present) return present[1];
    run.meter.grow(entries.size + 1);
    entries.set(found, [key!, fallback ?? null]);
    return fallback ?? null;
  }),
  pop: builtin('key [default]/', (_run, { entries }, [key, fallback]) => {
    const found = keyOf(key!);
    const present = entries.get(found);
    entries.delete(found);
    if (present) return present[1];
    return fallback === undefined ? fail('the key is not in the dictionary') : fallback;
  }),
  popitem: builtin('/', (_run, { entries }) => {
    const last = [...entries].at(-1);
    if (!last) return fail('popitem(): dictionary is empty');
    entries.delete(last[0]);
    return tuple(last[1]);
  }),
  clear: builtin('/', (_run, { entries }) => {
    entries.clear();
    return null;
  }),
};
