import { normalSource, permutation, sfc32 } from '@tunesmith/schema';
import { embedding } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { HostTensor } from '@tunesmith/runtime';
import type { PlannedTensor } from '@tunesmith/peft';
import { hadamard, hadamardInPlace, powerOfTwo } from './hadamard.ts';

/** The frozen parts of one tensor's transform, each `[blocks, L]`. */
export interface FastfoodParts<T> {
  /** B: −1 or 1. */
  readonly signs: T;
  /** Π: places 0 to L−1 of each block in another order. */
  readonly order: T;
  /** G: normal numbers. */
  readonly gains: T;
}

/** The names of the parts of a tensor's transform. */
export const fastfoodNames = (tensor: string): FastfoodParts<string> => ({
  signs: `signs.${tensor}`,
  order: `order.${tensor}`,
  gains: `gains.${tensor}`,
});

/**
 * The frozen parts of the transform of `dimensions` numbers into the `size` numbers of a tensor.
 *
 * @param seed of the whole projection; each part is drawn from it and from its own name
 */
export function plannedFastfood(options: {
  readonly tensor: string;
  readonly size: number;
  readonly dimensions: number;
  readonly seed: number;
}): PlannedTensor[] {
  const { tensor, size, dimensions, seed } = options;
  const length = powerOfTwo(dimensions);
  const blocks = Math.ceil(size / length);
  const names = fastfoodNames(tensor);
  const part = (name: string, values: (random: () => number) => Float32Array): PlannedTensor => ({
    name,
    shape: [blocks, length],
    frozen: true,
    derived: true,
    init: { kind: 'computed', compute: () => values(sfc32(seed, name)) },
  });
  return [
    part(names.signs, (random) =>
      Float32Array.from({ length: blocks * length }, () => (random() < 0.5 ? -1 : 1)),
    ),
    part(names.order, () =>
      Float32Array.from(
        Array.from({ length: blocks }, (_, block) =>
          Array.from(permutation(length, seed, `${names.order}/${block}`)),
        ).flat(),
      ),
    ),
    part(names.gains, (random) => {
      const normal = normalSource(random);
      return Float32Array.from({ length: blocks * length }, () => normal());
    }),
  ];
}

/**
 * Fastfood (Le et al. 2013): `s H G Π H B z` for each block, the blocks one after the other, and s such that the columns of the
 * whole map have length 1.
 *
 * @param coordinates z `[d]`, filled up with zeros to the power of two L
 * @returns `[size]`, the first numbers of the blocks
 */
export function fastfood(
  { signs, order, gains }: FastfoodParts<tf.Tensor>,
  coordinates: tf.Tensor,
  size: number,
): tf.Tensor {
  const [blocks = 0, length = 0] = signs.shape;
  const missing = length - coordinates.size;
  const filled = missing > 0 ? tf.concat([coordinates, tf.zeros([missing])]) : coordinates;
  const first = hadamard(tf.mul(signs, tf.reshape(filled, [1, length])));
  const starts = tf.mul(tf.reshape(tf.range(0, blocks), [blocks, 1]), length);
  const places = tf.cast(tf.round(tf.add(order, starts)), 'int32');
  const ordered = tf.reshape(embedding(tf.reshape(first, [-1, 1]), places), [blocks, length]);
  const numbers = tf.reshape(hadamard(tf.mul(ordered, gains)), [-1]);
  // Each row that is kept has the Σ g² of its block for variance.
  const scale = tf.rsqrt(tf.mul(tf.sum(tf.square(gains)), size / blocks));
  return tf.mul(tf.slice(numbers, [0], [size]), scale);
}

/** The same on the host. */
export function fastfoodOnHost(
  { signs, order, gains }: FastfoodParts<HostTensor>,
  coordinates: ArrayLike<number>,
  size: number,
): Float64Array {
  const [blocks = 0, length = 0] = signs.shape;
  const numbers = new Float64Array(blocks * length);
  for (let start = 0; start < numbers.length; start += length) {
    const first = hadamardInPlace(
      Float64Array.from({ length }, (_, i) => signs.data[start + i]! * (coordinates[i] ?? 0)),
    );
    const ordered = Float64Array.from(
      { length },
      (_, i) => first[Math.round(order.data[start + i]!)]! * gains.data[start + i]!,
    );
    numbers.set(hadamardInPlace(ordered), start);
  }
  let squares = 0;
  for (const gain of gains.data) squares += gain * gain;
  const scale = 1 / Math.sqrt((squares * size) / blocks);
  return numbers.subarray(0, size).map((value) => value * scale);
}
