import { tf } from '@tunesmith/runtime';
import { mix, mixedCounters } from './mix.ts';

/** See `randomUniform`. tfjs has no 32-bit wrapping product, so the hash is computed on the host. */
export function uniform(shape: readonly number[], seed: tf.Tensor, stream: number): tf.Tensor {
  const n = shape.reduce((product, size) => product * size, 1);
  const key = mix(mix(seed.dataSync()[0] as number) + stream);
  const values = Float32Array.from(
    mixedCounters(n),
    (counter) => (mix(counter ^ key) >>> 8) * 2 ** -24,
  );
  return tf.tensor(values, shape as number[], 'float32');
}

/** `x / (1 − rate)` where `keep`, else 0. */
export function keepScaled(x: tf.Tensor, keep: tf.Tensor, rate: number): tf.Tensor {
  return tf.where(keep, tf.mul(x, 1 / (1 - rate)), tf.zerosLike(x));
}
