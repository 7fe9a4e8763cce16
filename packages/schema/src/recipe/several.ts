import type { Static, TSchema, TUnsafe } from 'typebox';
import * as Type from 'typebox/type';

/** Where a recipe takes one thing, or several of it in a list. */
export type OneOrSeveral<Item> = Item | readonly Item[];

/** JSON Schema of one thing, or of a list with at least one. */
export function severalOf<Item extends TSchema>(
  item: Item,
  place: { readonly description: string; readonly examples?: readonly unknown[] },
): TUnsafe<OneOrSeveral<Static<Item>>> & { description: string } {
  const { anyOf } = item as { anyOf?: readonly TSchema[] };
  const { description: _, ...single } = item as Record<string, unknown>;
  const alone = anyOf ?? [single];
  return Type.Unsafe<OneOrSeveral<Static<Item>>>({
    anyOf: [...alone, { type: 'array', minItems: 1, items: item }],
    ...place,
  }) as TUnsafe<OneOrSeveral<Static<Item>>> & { description: string };
}

/** Whether a list stands at a place that takes one or several. */
export function isSeveral<Item>(given: OneOrSeveral<Item>): given is readonly Item[] {
  return Array.isArray(given);
}

/** What stands at a place that takes one or several, as a list; empty where nothing does. */
export function listOf<Item>(given: OneOrSeveral<Item> | undefined): readonly Item[] {
  if (given === undefined) return [];
  return isSeveral(given) ? given : [given];
}
