import { tf } from '@tunesmith/runtime';
import type { Int8Matrix } from './index.ts';
import { LARGEST, LEAST } from './rounding.ts';

/** `x · matrix` with the rows of x rounded to 8 bits: the same integers as the graph's, added up exactly. */
export function product(x: tf.Tensor2D, { integers, scale }: Int8Matrix): tf.Tensor {
  const magnitude = tf.maximum(tf.max(tf.abs(x), -1, true), LEAST); // [rows, 1]
  const rounded = tf.round(tf.div(x, tf.mul(magnitude, 1 / LARGEST)));
  const sums = tf.matMul(
    tf.cast(rounded, 'int32') as tf.Tensor2D,
    tf.cast(integers, 'int32') as tf.Tensor2D,
  );
  return tf.mul(tf.mul(tf.cast(sums, 'float32'), tf.mul(scale, 1 / LARGEST)), magnitude);
}
