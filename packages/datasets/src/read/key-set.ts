/** Keys of some 32-bit numbers each that are hashes already. */
export interface KeySet {
  /** Enters a key. @returns whether it is there for the first time */
  add(key: ArrayLike<number>): boolean;
}

/** Parts that grow each on its own, so that what is copied at a time is small. */
const parts = 256;

/**
 * An empty set of hashes: open addressing in typed arrays, which grow by half where they are full to three quarters. A key takes one and
 * a third to two times its own bytes. The key of zeros alone counts as that of its last number 1.
 *
 * @param words 32-bit numbers of a key, 2 or more
 */
export function createKeySet(words: number): KeySet {
  const tables = Array.from({ length: parts }, () => createTable(words));
  const entered = new Int32Array(words);
  return {
    add(key) {
      entered.set(key);
      if (entered.every((word) => word === 0)) entered[words - 1] = 1;
      // The first byte says in which part it is, the last number where there.
      return tables[entered[0]! >>> 24]!(entered);
    },
  };
}

function createTable(words: number): (key: Int32Array) => boolean {
  let capacity = 16;
  let used = 0;
  let entries = new Int32Array(capacity * words);
  const isEmpty = (at: number): boolean => {
    for (let word = 0; word < words; word++) if (entries[at + word] !== 0) return false;
    return true;
  };
  const holds = (at: number, key: Int32Array): boolean => {
    for (let word = 0; word < words; word++) if (entries[at + word] !== key[word]) return false;
    return true;
  };
  /** Where a key stands, or would. */
  const placeOf = (key: Int32Array): number => {
    let slot = Math.floor(((key[words - 1]! >>> 0) / 2 ** 32) * capacity);
    while (!isEmpty(slot * words) && !holds(slot * words, key)) slot = (slot + 1) % capacity;
    return slot * words;
  };
  const grow = (): void => {
    const before = entries;
    capacity = Math.ceil(capacity * 1.5);
    entries = new Int32Array(capacity * words);
    for (let from = 0; from < before.length; from += words) {
      const key = before.subarray(from, from + words);
      if (key.some((word) => word !== 0)) entries.set(key, placeOf(key));
    }
  };
  return (key) => {
    const at = placeOf(key);
    if (!isEmpty(at)) return false;
    entries.set(key, at);
    used += 1;
    if (used * 4 > capacity * 3) grow();
    return true;
  };
}
