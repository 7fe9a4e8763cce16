import { tf, type HostTensor } from '@tunesmith/runtime';
import type { CacheDeclaration } from '../model.ts';

/**
 * Columns of the ring that an attention with a window keeps beside caches of a capacity: those of the window, since no token to come
 * sees further. Undefined where it keeps every token, or a source.
 */
export function ringOf(
  { holds, window }: Pick<CacheDeclaration, 'holds' | 'window'>,
  capacity: number,
): number | undefined {
  return holds === 'tokens' && window !== undefined && window < capacity ? window : undefined;
}

/** The different windows whose attentions keep rings, the smallest first. */
export function ringsBeside(
  caches: readonly Pick<CacheDeclaration, 'holds' | 'window'>[],
  capacity: number,
): number[] {
  const rings = caches.flatMap((cache) => ringOf(cache, capacity) ?? []);
  return [...new Set(rings)].toSorted((one, other) => one - other);
}

/** The input that says which tokens of the prompts a ring begins with. */
export function ringInput(window: number): string {
  return `ring:${window}`;
}

/**
 * For each column of rings, which token of a batch of prompts `[rows, length]` it begins with: flat places, the first of the row
 * where none. The n-th token of a row stands in column n mod w.
 *
 * @param counts tokens of each row
 */
export function ringPlaces(counts: readonly number[], length: number, window: number): HostTensor {
  const data = Int32Array.from({ length: counts.length * window }, (_, place) => {
    const [row, column] = [Math.floor(place / window), place % window];
    const last = counts[row]! - 1;
    const behind = (((last - column) % window) + window) % window;
    return row * length + Math.max(0, last - behind);
  });
  return { dtype: 'int32', shape: [data.length], data };
}

/**
 * What rings begin with, `[rows, window, kvHeads, headDim]`.
 *
 * @param x keys or values of the prompts, `[rows, length, kvHeads, headDim]`
 * @param places as {@link ringPlaces} gives them
 */
export function intoRing(x: tf.Tensor, places: tf.Tensor): tf.Tensor {
  const [rows, length, kvHeads, headDim] = x.shape as [number, number, number, number];
  const tokens = tf.reshape(x, [rows * length, kvHeads * headDim]);
  const taken = tf.gather(tokens, places as tf.Tensor1D);
  return tf.reshape(taken, [rows, places.size / rows, kvHeads, headDim]);
}

/**
 * What caches that hold every token begin with: room up to the capacity; a longer padding of the prompts is cut off.
 *
 * @param x keys or values of the prompts, `[rows, length, kvHeads, headDim]`
 */
export function widened(x: tf.Tensor, capacity: number): tf.Tensor {
  const [batch, tokens, ...rest] = x.shape as [number, number, number, number];
  if (tokens === capacity) return x;
  if (tokens > capacity) return tf.slice(x, [0, 0, 0, 0], [batch, capacity, ...rest]);
  return tf.pad(x, [
    [0, 0],
    [0, capacity - tokens],
    [0, 0],
    [0, 0],
  ]);
}
