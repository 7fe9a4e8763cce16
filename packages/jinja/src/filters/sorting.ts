import { order } from '../compare.ts';
import type { Run, Value } from '../values.ts';

/** Sorts by keys, keeping the order of equal ones, also backwards. */
export function sortBy(
  run: Run,
  items: readonly Value[],
  key: (item: Value) => Value,
  reverse: boolean,
): Value[] {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  keyed.sort((a, b) => {
    run.meter.spend(1);
    const difference = order(run, a.key, b.key);
    return reverse ? -difference : difference;
  });
  return keyed.map(({ item }) => item);
}
