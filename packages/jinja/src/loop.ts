import { isEqual } from './compare.ts';
import { fail } from './errors.ts';
import { sizeOf } from './iterate.ts';
import {
  callable,
  tuple,
  undefinedValue,
  type Arguments,
  type Instance,
  type Run,
  type Value,
} from './values.ts';

/** A loop while it runs: the special variable `loop`, and what moves it on. */
export interface Loop {
  readonly variable: Instance;
  /** Takes the next item, or tells that there is none. */
  next(): { readonly value: Value } | undefined;
}

type Recurse = (run: Run, args: Arguments) => Value;

/**
 * Starts a loop over items. `last`, `nextitem` and `length` look ahead, as jinja2's loop does, and only when asked.
 *
 * @param whole what is looped over; a length is known without reading it where this has one
 * @param depth0 how many rounds of a recursive loop lie around this one
 * @param recurse what calling `loop(…)` does; absent for a loop that is not recursive
 */
export function startLoop(
  run: Run,
  items: Iterable<Value>,
  whole: Value | undefined,
  depth0: number,
  recurse: Recurse | undefined,
): Loop {
  const iterator = items[Symbol.iterator]();
  const ahead: Value[] = [];
  let done = false;
  let index0 = -1;
  let length: number | undefined;
  let before: Value | undefined;
  let current: Value | undefined;
  let seen: readonly Value[] | undefined;

  const look = (): boolean => {
    if (ahead.length > 0) return true;
    if (done) return false;
    const { done: over, value } = iterator.next();
    if (over) done = true;
    else ahead.push(value);
    return !over;
  };
  const total = (): number => {
    if (length !== undefined) return length;
    length = whole === undefined ? undefined : sizeOf(whole);
    if (length !== undefined) return length;
    for (
      let step = done ? undefined : iterator.next();
      step && !step.done;
      step = iterator.next()
    ) {
      run.meter.spend(1);
      ahead.push(step.value);
    }
    done = true;
    length = index0 + 1 + ahead.length;
    return length;
  };
  const attributes: Readonly<Record<string, () => Value>> = {
    index0: () => index0,
    index: () => index0 + 1,
    length: total,
    revindex: () => total() - index0,
    revindex0: () => total() - index0 - 1,
    first: () => index0 === 0,
    last: () => !look(),
    depth: () => depth0 + 1,
    depth0: () => depth0,
    previtem: () =>
      index0 === 0 ? undefinedValue(run.language, 'there is no previous item') : before!,
    nextitem: () => (look() ? ahead[0]! : undefinedValue(run.language, 'there is no next item')),
    cycle: () =>
      callable('loop.cycle', (_run, { positional }) =>
        positional.length > 0
          ? positional[index0 % positional.length]!
          : fail('no items for cycling given'),
      ),
    changed: () =>
      callable('loop.changed', (inner, { positional }) => {
        if (seen && isEqual(inner, tuple(seen), tuple(positional))) return false;
        seen = positional;
        return true;
      }),
  };
  const variable: Instance = {
    kind: 'instance',
    name: 'LoopContext',
    attribute: (name) => (Object.hasOwn(attributes, name) ? attributes[name]!() : undefined),
    length: total,
    printed: () => `<LoopContext ${index0 + 1}/${total()}>`,
    call:
      recurse ?? (() => fail("the loop must have the 'recursive' marker to be called recursively")),
  };
  return {
    variable,
    next() {
      if (!look()) return undefined;
      index0 += 1;
      before = current;
      current = ahead.shift()!;
      return { value: current };
    },
  };
}
