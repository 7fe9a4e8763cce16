import { allocate, arrayKind, type DataType, type HostData } from '../../tensor.ts';

/** Typed arrays that are used again: a training step writes its outputs where the outputs of an earlier step were. */
export interface Pool {
  /** An array with any contents. */
  take(dtype: DataType, size: number): HostData;
  /** Gives an array back; nobody else may hold it. */
  give(data: HostData): void;
  clear(): void;
}

/** Creates an empty pool. Arrays are kept by kind and length: steps repeat, so exact fits are the rule. */
export function createPool(): Pool {
  const free = new Map<string, HostData[]>();
  const keyOf = (data: HostData): string => `${data.constructor.name}:${data.length}`;
  return {
    take(dtype, size) {
      return free.get(`${arrayKind(dtype).name}:${size}`)?.pop() ?? allocate(dtype, size);
    },
    give(data) {
      const key = keyOf(data);
      const known = free.get(key);
      if (known === undefined) free.set(key, [data]);
      else known.push(data);
    },
    clear: () => free.clear(),
  };
}
