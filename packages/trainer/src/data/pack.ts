import type { Listed } from '@tunesmith/schema';
import { rowsOfExamples } from './row-list.ts';
import type { ExampleSize, RowLengths } from './rows.ts';

/** Which examples share which row: `rows[r]` lists indices into the examples, in row order. */
export interface RowLayout extends RowLengths {
  readonly rows: Listed<readonly number[]>;
}

/**
 * Packs documents into rows of one length by best-fit decreasing over the whole set: longest document first, each into
 * the row with the least room that still takes it. Deterministic: equal lengths keep their order. At most about 22 % more
 * rows than any packing needs (Johnson 1974); on instruction data, almost none.
 *
 * @param lengths tokens of each document, virtual tokens included; none above `tokens`
 * @param tokens tokens in a row
 * @returns rows of document numbers; rows are ordered by their smallest document number
 */
export function pack(lengths: ArrayLike<number>, tokens: number): RowLayout {
  const rowOf = new Int32Array(lengths.length);
  // Of each room that is left the row that came to it last, and before each row the one that came before it.
  const newest = new Int32Array(tokens + 1).fill(-1);
  const before = new Int32Array(lengths.length);
  const rooms = bitSet(tokens + 1);
  let count = 0;
  for (const index of longestFirst(lengths, tokens)) {
    const length = lengths[index]!;
    const room = rooms.next(length);
    let row = count;
    if (room < 0) count += 1;
    else {
      row = newest[room]!;
      newest[room] = before[row]!;
      if (newest[room]! < 0) rooms.delete(room);
    }
    rowOf[index] = row;
    const left = (room < 0 ? tokens : room) - length;
    before[row] = newest[left]!;
    newest[left] = row;
    rooms.add(left);
  }
  return { rows: rowsOfExamples(rowOf, count), tokens };
}

/** The numbers of documents by their length, the longest first; equal ones keep their order. */
function longestFirst(lengths: ArrayLike<number>, tokens: number): Uint32Array {
  const starts = new Uint32Array(tokens + 2);
  for (let index = 0; index < lengths.length; index++) starts[tokens - lengths[index]! + 1]! += 1;
  for (let place = 1; place < starts.length; place++) starts[place]! += starts[place - 1]!;
  const order = new Uint32Array(lengths.length);
  for (let index = 0; index < lengths.length; index++)
    order[starts[tokens - lengths[index]!]!++] = index;
  return order;
}

/** Rows that still take documents, in {@link firstFit} and {@link packPairs}; more would find little and cost a search each. */
const openRows = 64;

/**
 * Packs documents in the order in which they come, each into the oldest of a few open rows that still takes it; a row is closed
 * when a new one needs its place, so that documents may go on forever. What comes together stays together, for some more rows
 * than {@link pack} needs.
 *
 * @param lengths tokens of each document; none above `tokens`
 * @param tokens tokens in a row
 * @returns each row when it is closed: the numbers of its documents, in their order
 */
export function* firstFit(lengths: Iterable<number>, tokens: number): Generator<number[]> {
  const open: { room: number; row: number[] }[] = [];
  let index = 0;
  for (const length of lengths) {
    let place = open.find(({ room }) => room >= length);
    if (!place) {
      if (open.length === openRows) yield open.splice(fullest(open), 1)[0]!.row;
      open.push((place = { room: tokens, row: [] }));
    }
    place.row.push(index++);
    place.room -= length;
    if (place.room === 0) yield open.splice(open.indexOf(place), 1)[0]!.row;
  }
  for (const { row } of open) yield row;
}

function fullest(open: readonly { readonly room: number }[]): number {
  let found = 0;
  for (const [place, { room }] of open.entries()) if (room < open[found]!.room) found = place;
  return found;
}

/**
 * Packs pairs of a target and a source into rows that are limited on both sides: first-fit decreasing by the larger share of
 * a row, among the rows opened last.
 *
 * @param sizes of each example; none above `lengths` on either side
 */
export function packPairs(
  sizes: Listed<ExampleSize>,
  lengths: Required<RowLengths>,
): RowLayout & Required<RowLengths> {
  const source = ({ sourceTokens = 0 }: ExampleSize): number => sourceTokens;
  const share = Float64Array.from(sizes, (size) =>
    Math.max(size.tokens / lengths.tokens, source(size) / lengths.sourceTokens),
  );
  const order = Uint32Array.from(share, (_, index) => index).sort(
    (a, b) => share[b]! - share[a]! || a - b,
  );
  const rowOf = new Int32Array(sizes.length);
  const open: { row: number; tokens: number; sourceTokens: number }[] = [];
  let count = 0;
  for (const index of order) {
    const size = sizes.at(index)!;
    const fits = open.find(
      (room) => room.tokens >= size.tokens && room.sourceTokens >= source(size),
    );
    const room = fits ?? { row: count, ...lengths };
    if (!fits) {
      count += 1;
      open.push(room);
      if (open.length > openRows) open.shift();
    }
    rowOf[index] = room.row;
    room.tokens -= size.tokens;
    room.sourceTokens -= source(size);
  }
  return { rows: rowsOfExamples(rowOf, count), ...lengths };
}

/** One document a row, in the order given. */
export function separate({ length }: { readonly length: number }, tokens: number): RowLayout {
  const rows: Listed<readonly number[]> = {
    length,
    at: (index) => (index < length ? [index] : undefined),
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index++) yield [index];
    },
  };
  return { rows, tokens };
}

/** Small integers with "smallest member at or above", a word of 32 at a time. */
function bitSet(size: number) {
  const words = new Uint32Array(Math.ceil(size / 32));
  return {
    add: (value: number): void => void (words[value >>> 5]! |= 1 << (value & 31)),
    delete: (value: number): void => void (words[value >>> 5]! &= ~(1 << (value & 31))),
    next(value: number): number {
      if (value >= size) return -1;
      let word = value >>> 5;
      let bits = words[word]! & (-1 << (value & 31));
      while (bits === 0) {
        word++;
        if (word >= words.length) return -1;
        bits = words[word]!;
      }
      return word * 32 + (31 - Math.clz32(bits & -bits));
    },
  };
}
