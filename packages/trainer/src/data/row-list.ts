import { growingNumbers, type Listed } from '@tunesmith/schema';

/** Rows of example numbers, each an array when it is asked for: four bytes for an example and four for a row. */
type Rows = Listed<readonly number[]>;

function listOfRows(members: Uint32Array, ends: Uint32Array): Rows {
  const at = (row: number): number[] => [
    ...members.subarray(row === 0 ? 0 : ends[row - 1], ends[row]),
  ];
  return {
    length: ends.length,
    at: (row) => (row < ends.length ? at(row) : undefined),
    *[Symbol.iterator]() {
      for (let row = 0; row < ends.length; row++) yield at(row);
    },
  };
}

/** Rows in the order given. */
export function rowsInOrder(rows: Iterable<readonly number[]>): Rows {
  const members = growingNumbers(Uint32Array);
  const ends = growingNumbers(Uint32Array);
  for (const row of rows) {
    for (const index of row) members.push(index);
    ends.push(members.length);
  }
  return listOfRows(members.numbers, ends.numbers);
}

/**
 * Rows by their smallest example, and the examples of each in order.
 *
 * @param rowOf the number of each example's row
 * @param count rows; none is empty
 */
export function rowsOfExamples(rowOf: ArrayLike<number>, count: number): Rows {
  const places = new Int32Array(count).fill(-1);
  const ends = new Uint32Array(count);
  let seen = 0;
  for (let index = 0; index < rowOf.length; index++) {
    const row = rowOf[index]!;
    if (places[row]! < 0) places[row] = seen++;
    ends[places[row]!]! += 1;
  }
  for (let row = 1; row < count; row++) ends[row]! += ends[row - 1]!;
  // From the last example on, so that each row is filled from its end.
  const members = new Uint32Array(rowOf.length);
  const next = ends.slice();
  for (let index = rowOf.length - 1; index >= 0; index--)
    members[--next[places[rowOf[index]!]!]!] = index;
  return listOfRows(members, ends);
}
