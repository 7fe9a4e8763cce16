import { sizeOf, type HostTensor } from '@tunesmith/runtime';

/** Numbers in [0, 1) that are the same in every run: a 32-bit linear congruential generator, high bits only. */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** Float32 values spread over [low, high). */
export function floats(shape: readonly number[], low = -2, high = 2, seed = 1): HostTensor {
  const next = sequence(seed + sizeOf(shape));
  const data = Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * next());
  return { shape, dtype: 'float32', data };
}

/** Int32 values in [low, high). */
export function integers(shape: readonly number[], low = -5, high = 6, seed = 1): HostTensor {
  const next = sequence(seed + sizeOf(shape));
  const data = Int32Array.from(
    { length: sizeOf(shape) },
    () => low + Math.floor((high - low) * next()),
  );
  return { shape, dtype: 'int32', data };
}

/** Booleans, about half of them true. */
export function booleans(shape: readonly number[], seed = 1): HostTensor {
  const next = sequence(seed + sizeOf(shape));
  const data = Uint8Array.from({ length: sizeOf(shape) }, () => (next() < 0.5 ? 0 : 1));
  return { shape, dtype: 'bool', data };
}

/** Float32 values as given. */
export function float32(shape: readonly number[], values: readonly number[]): HostTensor {
  return { shape, dtype: 'float32', data: Float32Array.from(values) };
}

/** Int32 values as given. */
export function int32(shape: readonly number[], values: readonly number[]): HostTensor {
  return { shape, dtype: 'int32', data: Int32Array.from(values) };
}
