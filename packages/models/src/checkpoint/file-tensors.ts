import type { HostTensor } from '@tunesmith/runtime';
import type { Model } from '../model.ts';
import { elementCount } from '../safetensors/format.ts';
import type { WeightStore } from '../weights/store.ts';

/** A tensor of a model's files: one of the model, or several joined. */
export interface FileTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly parts: readonly string[];
}

/** The tensors of a model's files, in the order of the model; joined as in the files that it came from. */
export function fileTensors({ spec, joined = [] }: Model): FileTensor[] {
  const holders = new Map<string, FileTensor>();
  for (const name of joined) {
    const holder = { name, ...spec.joined[name]! };
    for (const part of holder.parts) holders.set(part, holder);
  }
  const tensors = Object.entries(spec.tensors).map(
    ([name, { shape }]) => holders.get(name) ?? { name, shape, parts: [name] },
  );
  return [...new Set(tensors)];
}

/** The values of a tensor of a file: those of its parts one after the other. @throws as {@link WeightStore.read} */
export async function readFileTensor(
  weights: WeightStore,
  { shape, parts }: FileTensor,
): Promise<HostTensor> {
  if (parts.length === 1) return { ...(await weights.read(parts[0]!)), shape };
  const data = new Float32Array(elementCount(shape));
  let first = 0;
  for (const part of parts) {
    const count = elementCount(weights.spec(part).shape);
    await weights.readInto(part, data.subarray(first, first + count));
    first += count;
  }
  return { dtype: 'float32', shape, data };
}
