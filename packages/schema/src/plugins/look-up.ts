import { unknownName } from '../errors/nearest.ts';
import { TunesmithError } from '../errors/tunesmith-error.ts';

/** Who looks, and for what: `metric`, `dataset adapter`. */
export interface LookUp {
  readonly package: string;
  readonly kind: string;
  /** Names besides those of the items, which the caller knows itself: `auto`, `full`. */
  readonly reserved?: readonly string[];
}

/**
 * The one item of that name: how everything that is named is found.
 *
 * @throws TunesmithError `unknown-name`, listing what exists and the nearest; `duplicate-name` where two share a name
 */
export function findNamed<Item extends { readonly name: string }>(
  name: string,
  items: readonly Item[],
  lookUp: LookUp,
): Item {
  requireDistinctNames(items, lookUp);
  const found = items.find((item) => item.name === name);
  if (found) return found;
  const { reserved = [], ...of } = lookUp;
  throw unknownName({ ...of, name, names: [...items.map((item) => item.name), ...reserved] });
}

/** @throws TunesmithError `duplicate-name` where two items share a name */
export function requireDistinctNames(
  items: readonly { readonly name: string }[],
  lookUp: LookUp,
): void {
  const names = items.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new TunesmithError({
    package: lookUp.package,
    code: 'duplicate-name',
    message: `two ${lookUp.kind}s are named "${twice}"`,
    value: twice,
    accepted: `a name that is not taken; taken are ${[...new Set(names)].join(', ')}`,
  });
}
