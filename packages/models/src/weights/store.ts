import type { HostTensor } from '@tunesmith/runtime';
import { nearest } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import { elementCount } from '../safetensors/format.ts';

/** What is known of a tensor of weights before it is read. */
export interface WeightSpec {
  readonly shape: readonly number[];
  /** How its numbers are stored: the name of an encoding, such as `float32`, `bfloat16`, `int8` or `nf4`. */
  readonly encoding: string;
  /** Bytes that it takes where it is stored. */
  readonly bytes: number;
}

/**
 * The weights of a model, read when they are wanted: a checkpoint on disk, arrays in memory, another store with some tensors
 * replaced. Nothing is held whole because the store exists.
 */
export interface WeightStore {
  /** Every tensor, by its canonical Hugging Face name. */
  readonly names: readonly string[];
  /** Shape, encoding and size of a tensor. @throws TunesmithError `missing-tensor` */
  spec(name: string): WeightSpec;
  /**
   * A tensor as float32. The array may be the store's own: nobody writes to it.
   *
   * @throws TunesmithError `missing-tensor`; `not-finite` for an infinity or NaN; what reading its file throws
   */
  read(name: string): Promise<HostTensor>;
  /**
   * Writes elements of a tensor, from index `first` of its flattened values on, into `target` until that is full: rows of a
   * table, or a pass over a tensor that never holds it whole.
   *
   * @throws as {@link WeightStore.read}
   */
  readInto(name: string, target: Float32Array, first?: number): Promise<void>;
  /**
   * A matrix as the blocks that it is stored in, where a product takes them; undefined where it is stored otherwise.
   *
   * @throws as {@link WeightStore.read}
   */
  readBlocks?(name: string): Promise<WeightBlocks | undefined>;
}

/** A matrix `[out, in]` in blocks of 32 along its rows: `w = scale · (code − 2^(bits − 1)) + least`; see `BlockMatrix`. */
export interface WeightBlocks {
  readonly bits: 4 | 8;
  /** `[out, in / 32, 4 · bits]`; of 4 bits two codes a byte, the first in the lower half. */
  readonly codes: Uint8Array;
  /** `[out, in / 32]`. */
  readonly scales: Float32Array;
  /** `[in / 32, out]`; absent where it is 0. */
  readonly least?: Float32Array;
}

/** The error of a store that has no tensor of that name; the nearest name is offered. */
export function missingWeight(name: string, names: readonly string[]): Error {
  const close = nearest(name, names);
  return modelsError({
    code: 'missing-tensor',
    message: `the model has no tensor "${name}"${close ? `; nearest: "${close}"` : ''}`,
    value: name,
  });
}

/** Every tensor of a store, in memory at once: for models of which every weight trains, and for small ones. */
export async function readEveryWeight(store: WeightStore): Promise<Record<string, HostTensor>> {
  const tensors: [string, HostTensor][] = [];
  for (const name of store.names) tensors.push([name, await store.read(name)]);
  return Object.fromEntries(tensors);
}

/** Elements that {@link weightPieces} reads at a time: 4 MiB. */
const pieceElements = 2 ** 20;

/**
 * The values of a tensor from its first to its last, a piece at a time. All pieces share one array: each is good until the
 * next one is asked for.
 */
export async function* weightPieces(
  store: Pick<WeightStore, 'spec' | 'readInto'>,
  name: string,
): AsyncGenerator<Float32Array, void> {
  const count = elementCount(store.spec(name).shape);
  const buffer = new Float32Array(Math.min(pieceElements, count));
  for (let first = 0; first < count; first += buffer.length) {
    const piece = buffer.subarray(0, Math.min(buffer.length, count - first));
    await store.readInto(name, piece, first);
    yield piece;
  }
}
