import type { GrowingList, Listed } from '@tunesmith/schema';

/** Opens an empty list for things that structured clones keep whole. */
export type OpenList = <Item>() => GrowingList<Item>;

/** Lists in memory. */
export const inMemory: OpenList = () => [];

/** Things of a list in another order, some of them several times or not at all. */
export function picked<Item>(list: Listed<Item>, places: ArrayLike<number>): Listed<Item> {
  return {
    length: places.length,
    at: (index) => (index < places.length ? list.at(places[index]!) : undefined),
    *[Symbol.iterator]() {
      for (let index = 0; index < places.length; index++) yield list.at(places[index]!)!;
    },
  };
}

/** The first things of a list. */
export function* firstOf<Item>(list: Listed<Item>, most: number): Generator<Item> {
  for (let index = 0; index < Math.min(most, list.length); index++) yield list.at(index)!;
}
