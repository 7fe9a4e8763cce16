import { tf } from '@tunesmith/runtime';
import { checkArgument, checkShape } from '../shapes.ts';

/**
 * How steeply each head prefers near keys: `2^(−8 h / n)` for h = 1 … n where the number of heads n is a power of two; otherwise
 * those of the next smaller power, then every other one of the next larger.
 *
 * @param heads at least 1
 * @returns one slope a head, rounded to float32
 * @throws TunesmithError `invalid-argument`
 * @see Press, Smith and Lewis, Train Short, Test Long, 2021
 */
export function alibiSlopes(heads: number): Float32Array {
  checkArgument('alibiSlopes', Number.isInteger(heads) && heads >= 1, {
    name: 'heads',
    value: heads,
    accepted: 'an integer of at least 1',
  });
  const power = 2 ** Math.floor(Math.log2(heads));
  // The base is rounded before it is raised, as in the implementations that models were trained with.
  const slope = (of: number, h: number) => Math.fround(2 ** -(8 / of)) ** h;
  return Float32Array.from({ length: heads }, (_, head) =>
    head < power ? slope(power, head + 1) : slope(2 * power, 2 * (head - power) + 1),
  );
}

/**
 * The bias of alibi, `slope · position of the key`: what is the same for all keys of a query, its own position, changes no
 * probability.
 *
 * @param positions of the keys, within their segment, `[batch, keys]` int32
 * @param options.heads number of heads
 * @param options.precision `bfloat16` rounds slopes, positions and their products to bfloat16, as Falcon does; `float32` if absent
 * @param options.scale multiplies the bias; 1 if absent
 * @returns `[batch, heads, 1, keys]`; constant
 * @throws TunesmithError `invalid-shape`, `invalid-argument`
 * @see Press, Smith and Lewis, Train Short, Test Long, 2021
 */
export function alibiBias(
  positions: tf.Tensor,
  options: {
    readonly heads: number;
    readonly precision?: 'float32' | 'bfloat16' | undefined;
    readonly scale?: number | undefined;
  },
): tf.Tensor {
  const { heads, precision = 'float32', scale = 1 } = options;
  const { batch, keys } = checkShape('alibiBias', 'positions', positions, ['batch', 'keys']) as {
    batch: number;
    keys: number;
  };
  const round = precision === 'bfloat16' ? toBfloat16 : (x: tf.Tensor) => x;
  const slopes = round(tf.tensor(alibiSlopes(heads), [1, heads, 1, 1]));
  const places = round(tf.reshape(tf.cast(positions, 'float32'), [batch, 1, 1, keys]));
  const bias = round(tf.mul(slopes, places));
  return scale === 1 ? bias : tf.mul(bias, scale);
}

/** x rounded to 8 significant bits, ties to even: Veltkamp's splitting of a number into two halves, of which this is the first. */
function toBfloat16(x: tf.Tensor): tf.Tensor {
  const large = tf.mul(x, 65537);
  return tf.sub(large, tf.sub(large, x));
}
