import { isTrue } from '../compare.ts';
import { keyOf } from '../dictionaries.ts';
import { fail } from '../errors.ts';
import { itemsOf } from '../iterate.ts';
import { builtin, type Builtin } from '../signature.ts';
import { list, type Run, type Value } from '../values.ts';
import { chosen } from './random.ts';

/** All items that stand most often, in the order in which they came first; None of nothing. */
function mostFrequent(run: Run, value: Value): Value {
  if (!isTrue(value)) return null;
  const counts = new Map<unknown, { readonly item: Value; count: number }>();
  for (const item of itemsOf(run, value)) {
    const key = keyOf(item);
    const entry = counts.get(key) ?? { item, count: 0 };
    entry.count += 1;
    counts.set(key, entry);
  }
  const most = [...counts.values()].reduce((high, { count }) => Math.max(high, count), 0);
  return list([...counts.values()].filter(({ count }) => count === most).map(({ item }) => item));
}

/** The filters that promptsource adds to those of jinja2. */
export const promptsourceFilters: Readonly<Record<string, Builtin>> = {
  choice: builtin('', (run, value) => {
    const item = chosen(run, value);
    return item === undefined ? fail('choice of an empty sequence') : item;
  }),
  most_frequent: builtin('', mostFrequent),
  highlight: builtin('', (_run, value) =>
    typeof value === 'string'
      ? `<span style='color: #F08080'>${value}</span>`
      : fail('highlight needs text'),
  ),
};
