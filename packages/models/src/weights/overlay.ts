import type { HostTensor } from '@tunesmith/runtime';
import { elementCount } from '../safetensors/format.ts';
import type { WeightStore } from './store.ts';

/** A tensor that is worked out when it is read. */
export interface ComputedWeight {
  readonly shape: readonly number[];
  /** Its values, float32. The store keeps those of the tensor that was read last, and no others. */
  compute(): Promise<HostTensor>;
}

/** A store with some tensors replaced or added: what tuning or merging changed, before anything is written. */
export function overlayWeights(
  base: WeightStore,
  changed: Readonly<Record<string, HostTensor | ComputedWeight>>,
): WeightStore {
  const changedOf = (name: string): HostTensor | ComputedWeight | undefined =>
    Object.hasOwn(changed, name) ? changed[name] : undefined;
  let latest: { readonly tensor: ComputedWeight; readonly values: Promise<HostTensor> } | undefined;
  const valuesOf = async (tensor: HostTensor | ComputedWeight): Promise<HostTensor> => {
    if (!('compute' in tensor)) return tensor;
    if (latest?.tensor !== tensor) latest = { tensor, values: tensor.compute() };
    return latest.values;
  };
  return {
    names: [...new Set([...base.names, ...Object.keys(changed)])],
    spec(name) {
      const tensor = changedOf(name);
      if (tensor === undefined) return base.spec(name);
      const { shape } = tensor;
      return { shape, encoding: 'float32', bytes: 4 * elementCount(shape) };
    },
    async read(name) {
      const tensor = changedOf(name);
      return tensor === undefined ? base.read(name) : valuesOf(tensor);
    },
    async readBlocks(name) {
      return changedOf(name) === undefined ? base.readBlocks?.(name) : undefined;
    },
    async readInto(name, target, first = 0) {
      const tensor = changedOf(name);
      if (tensor === undefined) return base.readInto(name, target, first);
      target.set((await valuesOf(tensor)).data.subarray(first, first + target.length));
    },
  };
}
