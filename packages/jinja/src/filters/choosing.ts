import { isTrue } from '../compare.ts';
import { fail } from '../errors.ts';
import { iterate } from '../iterate.ts';
import { builtin, callBuiltin, positionally, type Builtin } from '../signature.ts';
import { findTest } from '../tests.ts';
import { findFilter } from './find.ts';
import { once, type Arguments, type Run, type Value } from '../values.ts';
import { pathGetter } from './attribute-path.ts';

function* mapItems(run: Run, value: Value, change: (item: Value) => Value): Generator<Value> {
  if (!isTrue(value)) return;
  for (const item of iterate(run, value)) {
    run.meter.spend(3);
    yield change(item);
  }
}

/** What `map` does to an item: reads an attribute, or calls the filter of a name. */
function mapped(run: Run, { positional, named }: Arguments): (item: Value) => Value {
  if (positional.length === 0 && named.has('attribute')) {
    for (const name of named.keys())
      if (name !== 'attribute' && name !== 'default') fail(`Unexpected keyword argument '${name}'`);
    const get = pathGetter(named.get('attribute')!, named.get('default') ?? null);
    return (item) => get(run, item);
  }
  const [name, ...rest] = positional;
  if (name === undefined) return fail('map requires a filter argument');
  return (item) =>
    callBuiltin(run, String(name), findFilter(run, name), item, { positional: rest, named });
}

function* chosen(
  run: Run,
  value: Value,
  args: Arguments,
  keep: boolean,
  byAttribute: boolean,
): Generator<Value> {
  if (!isTrue(value)) return;
  const [first, ...others] = args.positional;
  if (byAttribute && first === undefined) fail('Missing parameter for attribute name');
  const get = byAttribute ? pathGetter(first!) : (_run: Run, item: Value): Value => item;
  const [name, ...rest] = byAttribute ? others : args.positional;
  const inner: Arguments = { ...positionally(...rest), named: args.named };
  for (const item of iterate(run, value)) {
    run.meter.spend(3);
    const looked = get(run, item);
    const result =
      name === undefined ? looked : callBuiltin(run, String(name), findTest(name), looked, inner);
    if (isTrue(result) === keep) yield item;
  }
}

function chooser(keep: boolean, byAttribute: boolean): Builtin {
  return builtin('*', (run, value, _args, given) =>
    once(chosen(run, value, given, keep, byAttribute)),
  );
}

/** Filters that take other filters and tests by name. They work item by item, as what follows asks for them. */
export const choosingFilters: Readonly<Record<string, Builtin>> = {
  select: chooser(true, false),
  reject: chooser(false, false),
  selectattr: chooser(true, true),
  rejectattr: chooser(false, true),
  map: builtin('*', (run, value, _args, given) => {
    let change: ((item: Value) => Value) | undefined;
    return once(mapItems(run, value, (item) => (change ??= mapped(run, given))(item)));
  }),
};
