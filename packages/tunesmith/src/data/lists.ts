import type { GrowingList, Listed } from '@tunesmith/schema';

/** Opens an empty list; what is put there is not changed afterwards, and structured clones keep it whole. */
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

/** Things of several lists, one list after the other. */
export function chained<Item>(lists: readonly Listed<Item>[]): Listed<Item> {
  return {
    length: lists.reduce((sum, { length }) => sum + length, 0),
    at(index) {
      let place = index;
      for (const list of lists) {
        if (place < list.length) return list.at(place);
        place -= list.length;
      }
      return undefined;
    },
    *[Symbol.iterator]() {
      for (const list of lists) yield* list;
    },
  };
}

/** The first things of a list. */
export function* firstOf<Item>(list: Listed<Item>, most: number): Generator<Item> {
  for (let index = 0; index < Math.min(most, list.length); index++) yield list.at(index)!;
}
