import type { HostTensor } from '@tunesmith/runtime';
import { missingWeight, type WeightStore } from './store.ts';

/** A store over float32 tensors in memory: fresh weights, results of full fine-tuning, tests. Nothing is copied. */
export function memoryWeights(tensors: Readonly<Record<string, HostTensor>>): WeightStore {
  const names = Object.keys(tensors);
  const tensorOf = (name: string): HostTensor => {
    if (!Object.hasOwn(tensors, name)) throw missingWeight(name, names);
    return tensors[name]!;
  };
  return {
    names,
    spec(name) {
      const { shape, data } = tensorOf(name);
      return { shape, encoding: 'float32', bytes: data.byteLength };
    },
    read: async (name) => tensorOf(name),
    async readInto(name, target, first = 0) {
      target.set(tensorOf(name).data.subarray(first, first + target.length));
    },
  };
}
