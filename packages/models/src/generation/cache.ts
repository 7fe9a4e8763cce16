import { sizeOf, tf, type DeviceTensor, type HostTensor, type TensorMap } from '@tunesmith/runtime';
import { input } from '../language-model/bound.ts';
import type { CacheColumns, CacheDeclaration, CachedHeads, Caches } from '../model.ts';
import { ringsBeside, widened } from './rings.ts';

/** The name of a part of a cache among feeds and outputs. */
export function feedName(site: string, part: 'key' | 'value'): string {
  return `cache:${site}:${part}`;
}

/** What stands before the names of the columns of rings of a window, and of the caches that hold everything. */
function tablePrefix(window: number | undefined): string {
  return window === undefined ? 'cache:' : `cache:${window}:`;
}

/** The caches of a forward pass as outputs of a compiled function. */
export function cacheOutputs(heads: Readonly<Record<string, CachedHeads>>): TensorMap {
  return Object.fromEntries(
    Object.entries(heads).flatMap(([site, { key, value }]) => [
      [feedName(site, 'key'), key],
      [feedName(site, 'value'), value],
    ]),
  );
}

/** The fed caches of a model, as a batch takes them. */
export function fedCaches(tensors: TensorMap, declared: readonly CacheDeclaration[]): Caches {
  const heads = declared.map(({ site }) => {
    const [key, value] = [tensors[feedName(site, 'key')]!, tensors[feedName(site, 'value')]!];
    return [site, { key, value }] as const;
  });
  const columnsOf = (window?: number): CacheColumns => {
    const fed = (name: string) => input(tensors, `${tablePrefix(window)}${name}`);
    return { segmentIds: fed('segmentIds'), positions: fed('positions'), columns: fed('columns') };
  };
  const whole = columnsOf();
  const rings = ringsBeside(declared, whole.positions.shape[1] as number);
  const source = tensors['input:cache:sourceSegmentIds'];
  return {
    heads: Object.fromEntries(heads),
    ...whole,
    ...(rings.length > 0
      ? { rings: Object.fromEntries(rings.map((window) => [window, columnsOf(window)])) }
      : {}),
    ...(source ? { sourceSegmentIds: source } : {}),
  };
}

/**
 * The caches of one row as those of several, as a batch takes them: with room for what comes after.
 *
 * @param tensors the row's keys and values, `[1, columns, kvHeads, headDim]` each, and the columns of all rows
 */
export function spreadCaches(
  tensors: TensorMap,
  declared: readonly CacheDeclaration[],
  rows: number,
  capacity: number,
): Caches {
  const spread = namesOf(declared).map((name) => {
    const row = widened(tensors[name]!, capacity);
    return [name, rows === 1 ? row : tf.tile(row, [rows, 1, 1, 1])] as const;
  });
  return fedCaches({ ...tensors, ...Object.fromEntries(spread) }, declared);
}

/** The first columns of the caches' first row, as outputs of a compiled function. */
export function cachedBeginning(
  tensors: TensorMap,
  declared: readonly CacheDeclaration[],
  columns: number,
): TensorMap {
  const taken = (x: tf.Tensor): tf.Tensor => {
    const [, , kvHeads, headDim] = x.shape as [number, number, number, number];
    return tf.slice(x, [0, 0, 0, 0], [1, columns, kvHeads, headDim]);
  };
  return Object.fromEntries(
    namesOf(declared).map((name) => [name, taken(tensors[name]!)] as const),
  );
}

/** The caches of some rows of a batch, as outputs of a compiled function. */
export function cacheRows(
  tensors: TensorMap,
  declared: readonly CacheDeclaration[],
  rows: tf.Tensor,
): TensorMap {
  const taken = (x: tf.Tensor): tf.Tensor => tf.gather(x, rows as tf.Tensor1D);
  return Object.fromEntries(
    namesOf(declared).map((name) => [name, taken(tensors[name]!)] as const),
  );
}

export function namesOf(declared: readonly CacheDeclaration[]): string[] {
  return declared.flatMap(({ site }) => [feedName(site, 'key'), feedName(site, 'value')]);
}

/** Which columns of each row hold which segment and position. */
interface ColumnTable {
  readonly prefix: string;
  readonly columns: number;
  segmentIds: Int32Array;
  positions: Int32Array;
}

/**
 * What a group of texts has been through: which columns of each row of the caches hold which segment and position, and the
 * keys and values there. Each row has its own filled count; the token that is the n-th of a row, from 0, stands in column n, in a
 * ring of w columns in column n mod w.
 */
export interface DecodingCache {
  /** How many rows there are. */
  rows(): number;
  /** Tokens that a row has been given. */
  filled(row: number): number;
  /** Records a token of a row, which a call writes. */
  place(row: number, position: number): void;
  /** The caches as feeds of a call that reads a token of each row; undefined where a row has none. Records these tokens. */
  feeds(tokens: readonly (number | undefined)[]): Record<string, DeviceTensor | HostTensor>;
  /** Keys and values alone, as feeds. */
  heads(): Record<string, DeviceTensor>;
  /** Takes over the caches among a call's outputs, in place of those it has. */
  take(outputs: Record<string, DeviceTensor>): void;
  /** Goes on with some of the rows, whose keys and values are among the outputs. */
  keep(rows: readonly number[], outputs: Record<string, DeviceTensor>): void;
  /** Bytes of the keys and values. */
  bytes(): number;
  close(): void;
}

/**
 * A cache of some rows; its keys and values come with the first {@link DecodingCache.take}.
 *
 * @param capacity columns of what holds every token; attentions with a window below it have rings
 */
export function createCache(
  declared: readonly CacheDeclaration[],
  rows: number,
  capacity: number,
): DecodingCache {
  const names = namesOf(declared);
  let filled = new Int32Array(rows);
  const table = (columns: number, window?: number): ColumnTable => ({
    prefix: `input:${tablePrefix(window)}`,
    columns,
    segmentIds: new Int32Array(rows * columns),
    positions: new Int32Array(rows * columns),
  });
  const tables = [
    table(capacity),
    ...ringsBeside(declared, capacity).map((window) => table(window, window)),
  ];
  let tensors: Record<string, DeviceTensor> = {};

  const place = (row: number, position: number): void => {
    for (const { columns, segmentIds, positions } of tables) {
      const column = row * columns + (filled[row]! % columns);
      segmentIds[column] = 1;
      positions[column] = position;
    }
    filled[row]! += 1;
  };
  const take = (outputs: Record<string, DeviceTensor>): void => {
    const taken = Object.fromEntries(
      names.flatMap((name) => {
        const output = outputs[name];
        return output ? [[name, output] as const] : [];
      }),
    );
    for (const name of Object.keys(taken)) tensors[name]?.dispose();
    tensors = { ...tensors, ...taken };
  };
  return {
    rows: () => filled.length,
    filled: (row) => filled[row]!,
    place,
    take,
    keep(kept, outputs) {
      take(outputs);
      filled = Int32Array.from(kept, (row) => filled[row]!);
      for (const table of tables) {
        const { columns } = table;
        const of = (all: Int32Array): Int32Array =>
          Int32Array.from({ length: kept.length * columns }, (_, place) => {
            const [row, column] = [Math.floor(place / columns), place % columns];
            return all[kept[row]! * columns + column]!;
          });
        table.segmentIds = of(table.segmentIds);
        table.positions = of(table.positions);
      }
    },
    heads: () => tensors,
    feeds(tokens) {
      const before = filled.slice();
      for (const [row, position] of tokens.entries())
        if (position !== undefined) place(row, position);
      const feeds = tables.flatMap(({ prefix, columns, segmentIds, positions }) => {
        const of = (data: Int32Array, shape: readonly number[]): HostTensor => ({
          dtype: 'int32',
          shape,
          data,
        });
        return [
          [`${prefix}segmentIds`, of(segmentIds.slice(), [filled.length, columns])],
          [`${prefix}positions`, of(positions.slice(), [filled.length, columns])],
          // A row without a token writes where nobody looks any more.
          [
            `${prefix}columns`,
            of(
              before.map((count) => count % columns),
              [filled.length, 1],
            ),
          ],
        ] as const;
      });
      return { ...tensors, ...Object.fromEntries(feeds) };
    },
    bytes: () => Object.values(tensors).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0),
    close() {
      for (const tensor of Object.values(tensors)) tensor.dispose();
      tensors = {};
    },
  };
}
