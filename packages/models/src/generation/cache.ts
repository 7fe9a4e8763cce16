import { sizeOf, type DeviceTensor, type HostTensor, type TensorMap } from '@tunesmith/runtime';
import type { BoundModel } from '../language-model/bound.ts';
import type { CachedHeads } from '../model.ts';

/** The name of a part of a cache among feeds and outputs. */
function feedName(site: string, part: 'key' | 'value'): string {
  return `cache:${site}:${part}`;
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

/** The fed caches of some attention sites, as a batch takes them. */
export function fedCaches(
  tensors: TensorMap,
  sites: readonly string[],
): Readonly<Record<string, CachedHeads>> {
  return Object.fromEntries(
    sites.map((site) => [
      site,
      { key: tensors[feedName(site, 'key')]!, value: tensors[feedName(site, 'value')]! },
    ]),
  );
}

/**
 * What a group of texts has been through: which columns of each row of the cache hold which segment and position, and the
 * keys and values there. Each row has its own filled count.
 */
export interface DecodingCache {
  readonly capacity: number;
  /** Columns in use, of each row. */
  readonly filled: Int32Array;
  /** Records tokens that the next call writes: column `filled` of each row that has one. */
  place(row: number, position: number): void;
  /** The cache as feeds, with the column of each row's next token. */
  feeds(columns: Int32Array): Record<string, DeviceTensor | HostTensor>;
  /** Takes over the caches among a call's outputs, in place of those it has. */
  take(outputs: Record<string, DeviceTensor>): void;
  close(): void;
}

/** An empty cache of some rows; its keys and values come with the first {@link DecodingCache.take}. */
export function createCache(bound: BoundModel, rows: number, capacity: number): DecodingCache {
  const { caches } = bound.model.spec;
  const names = caches.flatMap(({ site }) => [feedName(site, 'key'), feedName(site, 'value')]);
  const shape = [rows, capacity];
  const segmentIds = new Int32Array(sizeOf(shape));
  const positions = new Int32Array(sizeOf(shape));
  const filled = new Int32Array(rows);
  let tensors: Record<string, DeviceTensor> = {};
  const release = (): void => {
    for (const tensor of Object.values(tensors)) tensor.dispose();
    tensors = {};
  };
  return {
    capacity,
    filled,
    place(row, position) {
      const column = row * capacity + filled[row]!;
      segmentIds[column] = 1;
      positions[column] = position;
      filled[row]! += 1;
    },
    feeds: (columns) => ({
      ...tensors,
      'input:cache:segmentIds': { dtype: 'int32', shape, data: segmentIds.slice() },
      'input:cache:positions': { dtype: 'int32', shape, data: positions.slice() },
      'input:cache:columns': { dtype: 'int32', shape: [rows, 1], data: columns },
    }),
    take(outputs) {
      const taken = Object.fromEntries(
        names.flatMap((name) => {
          const output = outputs[name];
          return output ? [[name, output] as const] : [];
        }),
      );
      for (const name of Object.keys(taken)) tensors[name]?.dispose();
      tensors = { ...tensors, ...taken };
    },
    close: release,
  };
}
