import { tf } from '@tunesmith/runtime';
import { ofGathered } from '../experts/gathered-rows.ts';
import { kernelTable } from '../kernel-table.ts';
import { withOwnGradient } from '../own-gradient.ts';
import { checkArgument } from '../shapes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';

const use = kernelTable({ eager: reference, graph });

/**
 * Uniform random numbers in [0, 1), 24 bits each, the same bits on every device.
 *
 * Counter-based: number i is `mix(mix(i) ⊕ key) / 2³²` with `key = mix(mix(seed) + stream)`, where mix is an
 * invertible 32-bit hash of two multiplications. Nothing is kept between calls, so the same seed and stream
 * give the same numbers in a resumed run.
 *
 * @param shape of the result
 * @param seed int32 scalar tensor, fed anew each step
 * @param stream integer that tells the uses of one seed apart (one per site), 0 to 2³¹ − 1
 * @returns float32 tensor of the given shape
 * @throws TunesmithError `invalid-argument`
 * @see Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, 2011 (counter-based generators);
 *   the mixing constants are lowbias32 of C. Wellons' hash prospector
 */
export function randomUniform(
  shape: readonly number[],
  seed: tf.Tensor,
  stream: number,
): tf.Tensor {
  checkSeed('randomUniform', seed, stream);
  return use().uniform(shape, seed, stream);
}

/**
 * Dropout: zeroes each element with probability `rate` and divides the others by `1 − rate`.
 *
 * @param x any shape
 * @param rate 0 ≤ rate < 1; 0 returns x unchanged
 * @param seed int32 scalar tensor, see {@link randomUniform}
 * @param stream see {@link randomUniform}
 * @throws TunesmithError `invalid-argument`
 * @see Srivastava et al., Dropout, 2014
 */
export function dropout(x: tf.Tensor, rate: number, seed: tf.Tensor, stream: number): tf.Tensor {
  checkArgument('dropout', rate >= 0 && rate < 1, {
    name: 'rate',
    value: rate,
    accepted: '0 ≤ rate < 1',
  });
  if (rate === 0) return x;
  const uniform = ofGathered(randomUniform(x.shape, seed, stream));
  const [y] = withOwnGradient({
    inputs: { x },
    forward: (save) => {
      const keep = tf.greaterEqual(uniform, rate);
      save([keep]);
      return [use().keepScaled(x, keep, rate)];
    },
    gradient: ([dy], [keep]) => ({ x: () => use().keepScaled(dy!, keep!, rate) }),
  });
  return y!;
}

function checkSeed(kernel: string, seed: tf.Tensor, stream: number): void {
  checkArgument(kernel, seed.dtype === 'int32' && seed.shape.length === 0, {
    name: 'seed',
    value: { dtype: seed.dtype, shape: seed.shape },
    accepted: 'an int32 scalar tensor',
  });
  checkArgument(kernel, Number.isInteger(stream) && stream >= 0 && stream < 2 ** 31, {
    name: 'stream',
    value: stream,
    accepted: 'an integer from 0 to 2147483647',
  });
}
