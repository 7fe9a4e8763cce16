import { constant, tf } from '@tunesmith/runtime';
import { float, node } from '../graph-nodes.ts';
import { MIX, mixedCounters } from './mix.ts';

/** See `randomUniform`; the hash on unsigned 32-bit elements. */
export function uniform(shape: readonly number[], seed: tf.Tensor, stream: number): tf.Tensor {
  const n = shape.reduce((product, size) => product * size, 1);
  const counters = unsigned(constant({ data: mixedCounters(n), shape: [n], dtype: 'int32' }));
  const key = mix(binary('Add', mix(unsigned(seed)), word(stream)));
  const bits = shift(mix(binary('BitwiseXor', counters, key)), 8);
  const values = node('Cast', [bits], { shape: [n], dtype: 'float32' }, { attributes: { to: 1 } });
  return tf.reshape(tf.mul(values, 2 ** -24), shape as number[]);
}

/** `x / (1 − rate)` where `keep`, else 0. The one 0 is broadcast: how many rows there are may be known to the run alone. */
export function keepScaled(x: tf.Tensor, keep: tf.Tensor, rate: number): tf.Tensor {
  return node('Where', [keep, tf.mul(x, 1 / (1 - rate)), tf.scalar(0)], float(x.shape));
}

function mix(x: tf.Tensor): tf.Tensor {
  const [first, second, third] = MIX.shifts;
  const spread = (value: tf.Tensor, by: number) => binary('BitwiseXor', value, shift(value, by));
  const once = binary('Mul', spread(x, first), word(MIX.multipliers[0]));
  const twice = binary('Mul', spread(once, second), word(MIX.multipliers[1]));
  return spread(twice, third);
}

function shift(x: tf.Tensor, by: number): tf.Tensor {
  return binary('BitShift', x, word(by), { direction: 'RIGHT' });
}

// tfjs sees int32 where the graph holds uint32: the same 32 bits.
function binary(
  op: string,
  a: tf.Tensor,
  b: tf.Tensor,
  attributes: Record<string, string> = {},
): tf.Tensor {
  return node(op, [a, b], { shape: a.shape, dtype: 'int32', element: 'uint32' }, { attributes });
}

function unsigned(x: tf.Tensor): tf.Tensor {
  return node(
    'Cast',
    [x],
    { shape: x.shape, dtype: 'int32', element: 'uint32' },
    { attributes: { to: 12 } },
  );
}

function word(value: number): tf.Tensor {
  return unsigned(tf.scalar(value | 0, 'int32'));
}
