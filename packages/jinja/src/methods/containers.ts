import { integerOr } from '../arguments.ts';
import { isEqual } from '../compare.ts';
import { dict, keyOf } from '../dictionaries.ts';
import { fail, unsupported } from '../errors.ts';
import { iterate } from '../iterate.ts';
import { builtin, type Builtin } from '../signature.ts';
import { dictChanges, listChanges } from './changes.ts';
import {
  list,
  type Dict,
  type List,
  type Range,
  type Run,
  type Tuple,
  type Value,
  type View,
} from '../values.ts';

function indexOf(
  run: Run,
  items: readonly Value[],
  wanted: Value,
  start: number,
  stop: number,
): number {
  const place = (value: number): number => (value < 0 ? Math.max(0, value + items.length) : value);
  for (let i = place(start); i < Math.min(place(stop), items.length); i++) {
    run.meter.spend(1);
    if (isEqual(run, items[i]!, wanted)) return i;
  }
  return fail('the value is not in the sequence');
}

function countOf(run: Run, items: Iterable<Value>, wanted: Value): number {
  let found = 0;
  for (const item of items) {
    run.meter.spend(1);
    if (isEqual(run, item, wanted)) found += 1;
  }
  return found;
}

/** The methods of `tuple`, and those of `list` that do not change it. */
export const sequenceMethods: Readonly<Record<string, Builtin<List | Tuple>>> = {
  count: builtin('value/', (run, self, [value]) => countOf(run, self.items, value!)),
  index: builtin('value [start stop]/', (run, self, [value, start, stop]) =>
    indexOf(
      run,
      self.items,
      value!,
      integerOr(start, 0, 'start'),
      integerOr(stop, self.items.length, 'stop'),
    ),
  ),
};

/** The methods of `list`; a sandboxed language hides those that change it. */
export const listMethods: Readonly<Record<string, Builtin<List>>> = {
  ...sequenceMethods,
  ...listChanges,
  copy: builtin('/', (run, self) => {
    run.meter.items(self.items.length);
    return list([...self.items]);
  }),
};

/** The methods of `dict`; a sandboxed language hides those that change it. */
export const dictMethods: Readonly<Record<string, Builtin<Dict>>> = {
  ...dictChanges,
  get: builtin('key [default]/', (_run, self, [key, fallback]) => {
    const entry = self.entries.get(keyOf(key!));
    if (entry) return entry[1];
    return fallback === undefined ? null : fallback;
  }),
  keys: builtin('/', (_run, dictionary) => ({ kind: 'view', of: 'keys', dict: dictionary })),
  values: builtin('/', (_run, dictionary) => ({ kind: 'view', of: 'values', dict: dictionary })),
  items: builtin('/', (_run, dictionary) => ({ kind: 'view', of: 'items', dict: dictionary })),
  copy: builtin('/', (run, self) => {
    run.meter.items(self.entries.size);
    return { kind: 'dict', entries: new Map(self.entries) };
  }),
  fromkeys: builtin('iterable [value]/', (run, _self, [keys, value]) =>
    dict(Array.from(iterate(run, keys!), (key) => [key, value ?? null] as const)),
  ),
};

/** The methods of a dictionary's views. */
export const viewMethods: Readonly<Record<string, Builtin<View>>> = {
  isdisjoint: builtin('other/', () => unsupported('the method isdisjoint')),
};

/** The methods of `range`. */
export const rangeMethods: Readonly<Record<string, Builtin<Range>>> = {
  count: builtin('value/', (run, self, [value]) => countOf(run, iterate(run, self), value!)),
  index: builtin('value/', (run, self, [value]) =>
    indexOf(run, Array.from(iterate(run, self)), value!, 0, self.length),
  ),
};

/** Methods that change a list or dictionary: the sandbox hides them. */
export const hiddenMethods: Readonly<Record<'list' | 'dict', ReadonlySet<string>>> = {
  list: new Set(Object.keys(listChanges)),
  dict: new Set(Object.keys(dictChanges)),
};
