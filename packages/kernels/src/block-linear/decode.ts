import { constant, isRecording, tf } from '@tunesmith/runtime';
import type { BlockMatrix } from './index.ts';

/** The two codes of each byte less 8, the lower half first, `[256, 2]`. */
const pairs = Float32Array.from(
  { length: 512 },
  (_, i) => (i % 2 === 0 ? (i >> 1) & 15 : i >> 5) - 8,
);

/** Rows in float32, `[rows, in]`; `scales` has as many numbers as there are blocks. */
export function decoded({ codes, scales, least }: BlockMatrix): tf.Tensor2D {
  const [rows, blocks, bytes] = codes.shape as [number, number, number];
  // By way of float32, since a cast of int32 to itself is none: a graph holds bytes that look like int32.
  const numbers = tf.cast(codes, 'float32');
  const whole = bytes === 16 ? inPairs(tf.cast(numbers, 'int32')) : tf.sub(numbers, 128);
  const values = tf.mul(
    tf.reshape(whole, [rows, blocks, -1]),
    tf.reshape(scales, [rows, blocks, 1]),
  );
  const shifted = least
    ? tf.add(values, tf.reshape(tf.transpose(least), [rows, blocks, 1]))
    : values;
  return tf.reshape(shifted, [rows, -1]);
}

function inPairs(bytes: tf.Tensor): tf.Tensor {
  const table = isRecording()
    ? constant({ shape: [256, 2], dtype: 'float32', data: pairs })
    : tf.tensor(pairs, [256, 2]);
  return tf.gather(table, bytes);
}
