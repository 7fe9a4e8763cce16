import type { SafetensorsType } from '../safetensors/format.ts';
import type { SafetensorsFile } from '../safetensors/read.ts';
import type { WeightBlocks, WeightSpec } from './store.ts';

/** A file of weights, whatever its format: what a checkpoint needs of it. */
export interface WeightFile {
  /** Where it lies, for people to read. */
  readonly path: string;
  /** Every tensor by its name. */
  readonly entries: ReadonlyMap<string, WeightSpec>;
  /** A tensor as float32. @throws `not-finite` for an infinity or NaN; what reading its file throws */
  readFloat32(name: string): Promise<Float32Array>;
  /** Elements of a tensor, from index `first` on, as float32 into `target` until that is full; infinities and NaN included. */
  readFloat32Into(name: string, target: Float32Array, first?: number): Promise<void>;
  /** A matrix as its blocks, where a product takes them; see `WeightStore.readBlocks`. */
  readBlocks?(name: string): Promise<WeightBlocks | undefined>;
}

/** The encodings that the types of safetensors stand for. */
const encodings: Partial<Record<SafetensorsType, string>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
};

/** A safetensors file as a file of weights. */
export function safetensorsWeights(file: SafetensorsFile): WeightFile {
  const { path, readFloat32, readFloat32Into } = file;
  const entries = new Map(
    Array.from(file.entries, ([name, { dtype, shape, begin, end }]) => [
      name,
      { shape, encoding: encodings[dtype] ?? dtype, bytes: end - begin },
    ]),
  );
  return { path, entries, readFloat32, readFloat32Into };
}
