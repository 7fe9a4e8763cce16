import type { HostTensor } from '@tunesmith/runtime';
import type { CacheDeclaration } from '../model.ts';
import { feedName } from './cache.ts';

/** Keys and values of some texts, in arrays that stay where they are: the n-th token of a row stands in column n. */
export interface FilledCache {
  /** Columns of each row. */
  readonly capacity: number;
  /** Tokens that a row holds. */
  filled(row: number): number;
  /** The caches as feeds, `[rows, kvHeads, capacity, headDim]` each. */
  feeds(): Record<string, HostTensor>;
  /** Feeds for a lone row of which nothing is held: one column that nothing looks at. */
  nothing(): Record<string, HostTensor>;
  /** One row as feeds: the same arrays, seen through that row alone. */
  feedsOf(row: number): Record<string, HostTensor>;
  /**
   * Takes what a call computed of its tokens behind what rows hold. It is written when the cache is next read: the last token of a
   * text, and so the only one of a text of one token, is never gone on from.
   *
   * @param numbers of each cache the keys, then the values, `[rows, tokens, kvHeads, headDim]` each, one behind the other
   * @param counts tokens of each row; what comes after them is padding
   * @param first the row of the cache that is the first of `numbers`
   */
  append(numbers: Float32Array, counts: readonly number[], first?: number): void;
  /** The first columns of the first row, as caches of their own. */
  beginning(columns: number): Record<string, HostTensor>;
  /** Begins every row with the first columns of such caches. */
  beginWith(heads: Readonly<Record<string, HostTensor>>, columns: number): void;
  /** Goes on with some of the rows, each any number of times. */
  keep(rows: readonly number[]): void;
  bytes(): number;
}

/** One array: the keys or the values of one attention. */
interface Part {
  readonly name: string;
  readonly kvHeads: number;
  readonly headDim: number;
  data: Float32Array;
}

/** Empty caches of some rows. */
export function createFilledCache(
  declared: readonly CacheDeclaration[],
  rows: number,
  capacity: number,
): FilledCache {
  let filled: number[] = Array.from({ length: rows }, () => 0);
  let pending = (): void => {};
  const settle = (): void => {
    pending();
    pending = () => {};
  };
  const parts = declared.flatMap(({ site, shape: [kvHeads, headDim] }) =>
    (['key', 'value'] as const).map((part): Part => {
      // Made when it is first looked at: one prompt that is answered by one token has no need of it.
      let own: Float32Array | undefined;
      return {
        name: feedName(site, part),
        kvHeads,
        headDim,
        get data() {
          return (own ??= new Float32Array(rows * kvHeads * capacity * headDim));
        },
        set data(data) {
          own = data;
        },
      };
    }),
  );
  const width = parts.reduce((sum, { kvHeads, headDim }) => sum + kvHeads * headDim, 0);
  const tensors = (count: number, dataOf: (part: Part, row: number) => Float32Array) => {
    settle();
    return Object.fromEntries(
      parts.map((part): [string, HostTensor] => {
        const { name, kvHeads, headDim } = part;
        const shape = [count, kvHeads, capacity, headDim];
        return [
          name,
          { dtype: 'float32', shape, data: dataOf(part, kvHeads * capacity * headDim) },
        ];
      }),
    );
  };
  const write = (
    numbers: Float32Array,
    counts: readonly number[],
    starts: readonly number[],
    first: number,
  ): void => {
    const tokens = numbers.length / width / counts.length;
    let start = 0;
    for (const { kvHeads, headDim, data } of parts) {
      for (const [place, count] of counts.entries()) {
        let from = start + place * tokens * kvHeads * headDim;
        for (let token = 0; token < count; token++)
          for (let head = 0; head < kvHeads; head++, from += headDim)
            data.set(
              numbers.subarray(from, from + headDim),
              (((first + place) * kvHeads + head) * capacity + starts[place]! + token) * headDim,
            );
      }
      start += counts.length * tokens * kvHeads * headDim;
    }
  };
  return {
    capacity,
    filled: (row) => filled[row]!,
    feeds: () => tensors(filled.length, ({ data }) => data),
    nothing: () =>
      Object.fromEntries(
        parts.map(({ name, kvHeads, headDim }): [string, HostTensor] => [
          name,
          {
            dtype: 'float32',
            shape: [1, kvHeads, 1, headDim],
            data: new Float32Array(kvHeads * headDim),
          },
        ]),
      ),
    feedsOf: (row) => tensors(1, ({ data }, size) => data.subarray(row * size, (row + 1) * size)),
    append(numbers, counts, first = 0) {
      settle();
      const starts = counts.map((_, place) => filled[first + place]!);
      pending = () => write(numbers, counts, starts, first);
      for (const [place, count] of counts.entries()) filled[first + place]! += count;
    },
    beginning(columns) {
      settle();
      return Object.fromEntries(
        parts.map(({ name, kvHeads, headDim, data }): [string, HostTensor] => {
          const taken = new Float32Array(kvHeads * columns * headDim);
          for (let head = 0; head < kvHeads; head++) {
            const from = head * capacity * headDim;
            taken.set(data.subarray(from, from + columns * headDim), head * columns * headDim);
          }
          return [name, { dtype: 'float32', shape: [1, kvHeads, columns, headDim], data: taken }];
        }),
      );
    },
    beginWith(heads, columns) {
      settle();
      for (const { name, kvHeads, headDim, data } of parts) {
        const { data: held, shape } = heads[name]!;
        const size = shape[2]! * headDim;
        for (let row = 0; row < filled.length; row++)
          for (let head = 0; head < kvHeads; head++) {
            const beginning = held.subarray(head * size, head * size + columns * headDim);
            data.set(beginning, (row * kvHeads + head) * capacity * headDim);
          }
      }
      filled = filled.map(() => columns);
    },
    keep(kept) {
      settle();
      for (const part of parts) {
        const size = part.kvHeads * capacity * part.headDim;
        const data = new Float32Array(kept.length * size);
        for (const [place, row] of kept.entries())
          data.set(part.data.subarray(row * size, (row + 1) * size), place * size);
        part.data = data;
      }
      filled = kept.map((row) => filled[row]!);
    },
    bytes: () => 4 * filled.length * width * capacity,
  };
}
