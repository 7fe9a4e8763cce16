import { tf } from '@tunesmith/runtime';
import type { Int8Matrix, Int8Part } from './index.ts';
import { FINER, LARGEST, LEAST } from './rounding.ts';

/** `x · matrix` with the rows of x rounded to 8 bits, or twice to 8: the same integers as the graph's, added up exactly. */
export function product(x: tf.Tensor2D, { low, ...high }: Int8Matrix): tf.Tensor {
  const magnitude = tf.maximum(tf.max(tf.abs(x), -1, true), LEAST); // [rows, 1]
  const step = tf.mul(magnitude, 1 / LARGEST);
  const rounded = tf.round(tf.div(x, step));
  const sums = multiply(rounded, high, 1 / LARGEST);
  if (!low) return tf.mul(sums, magnitude);
  const left = tf.sub(x, tf.mul(rounded, step));
  const finer = tf.round(tf.div(left, tf.mul(step, 1 / FINER)));
  const lowSums = tf.add(
    multiply(rounded, low, 1 / LARGEST),
    multiply(finer, high, 1 / (LARGEST * FINER)),
  );
  return tf.mul(tf.add(sums, lowSums), magnitude);
}

function multiply(rounded: tf.Tensor, { integers, scale }: Int8Part, by: number): tf.Tensor {
  const sums = tf.matMul(
    tf.cast(rounded, 'int32') as tf.Tensor2D,
    tf.cast(integers, 'int32') as tf.Tensor2D,
  );
  return tf.mul(tf.cast(sums, 'float32'), tf.mul(scale, by));
}
