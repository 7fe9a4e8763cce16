/** Things in their order, each had when it is asked for: an array is one, and so is what lies on a disk. */
export interface Listed<Item> extends Iterable<Item> {
  readonly length: number;
  /** The thing at a place, counted from 0; undefined where there is none. */
  at(index: number): Item | undefined;
}

/** A list that grows at its end. */
export interface GrowingList<Item> extends Listed<Item> {
  push(item: Item): unknown;
}
