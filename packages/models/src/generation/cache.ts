import { sizeOf, type DeviceTensor, type HostTensor } from '@tunesmith/runtime';
import type { BoundModel } from '../language-model/bound.ts';

/** Keys and values of the tokens seen so far: two tensors `[capacity, kvHeads, headDim]` for each block. */
export interface KeyValueCache {
  readonly capacity: number;
  /** Rows in use. */
  filled: number;
  /** The cache as feeds: `past:<layer>:key`, `past:<layer>:value` and which rows are in use, `input:past`. */
  feeds(): Record<string, DeviceTensor | HostTensor>;
  /** Appends the first `count` rows of a step's outputs `present:<layer>:key` and `present:<layer>:value`. */
  append(outputs: Readonly<Record<string, DeviceTensor>>, count: number): Promise<void>;
}

/** The caches a model has made; those not in use are kept for the next text of their size. */
export interface CachePool {
  take(capacity: number): KeyValueCache;
  giveBack(cache: KeyValueCache): void;
}

function createCache(bound: BoundModel, capacity: number): KeyValueCache {
  const { layers, kvHeads, headDim } = bound.model.spec;
  const shape = [capacity, kvHeads, headDim];
  const tensors: Record<string, DeviceTensor> = {};
  for (let layer = 0; layer < layers; layer++) {
    for (const part of ['key', 'value']) {
      tensors[`past:${layer}:${part}`] = bound.device.upload({
        dtype: 'float32',
        shape,
        data: new Float32Array(sizeOf(shape)),
      });
    }
  }
  const cache: KeyValueCache = {
    capacity,
    filled: 0,
    feeds() {
      // Rows beyond what is filled belong to document 0 and are seen by no token.
      const segmentIds = new Int32Array(capacity).fill(1, 0, cache.filled);
      return {
        ...tensors,
        'input:past': { dtype: 'int32', shape: [1, capacity], data: segmentIds },
      };
    },
    async append(outputs, count) {
      for (const [name, target] of Object.entries(tensors)) {
        await bound.device.writeRows(
          target,
          cache.filled,
          outputs[name.replace('past:', 'present:')]!,
        );
      }
      cache.filled += count;
    },
  };
  return cache;
}

/** Makes and keeps the caches of a model. */
export function createCachePool(bound: BoundModel): CachePool {
  const free: KeyValueCache[] = [];
  return {
    take(capacity) {
      const at = free.findIndex((cache) => cache.capacity === capacity);
      const [cache] = at >= 0 ? free.splice(at, 1) : [createCache(bound, capacity)];
      cache!.filled = 0;
      return cache!;
    },
    giveBack: (cache) => {
      free.push(cache);
    },
  };
}
