import { tf } from '@tunesmith/runtime';

/** y and the inverse root mean square `[..., 1]`. */
export function forward(
  x: tf.Tensor,
  weight: tf.Tensor,
  epsilon: number,
): { y: tf.Tensor; inverse: tf.Tensor } {
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
  return { y: tf.mul(tf.mul(x, inverse), weight), inverse };
}

/** dx = r · g − x · r³ · mean(g · x). */
export function inputGradient(
  dy: tf.Tensor,
  x: tf.Tensor,
  weight: tf.Tensor,
  inverse: tf.Tensor,
): tf.Tensor {
  const g = tf.mul(dy, weight);
  const projection = tf.mul(tf.mean(tf.mul(g, x), -1, true), tf.mul(tf.square(inverse), inverse));
  return tf.sub(tf.mul(g, inverse), tf.mul(x, projection));
}

/** dweight = Σ over all rows of dy · x̂. */
export function weightGradient(dy: tf.Tensor, x: tf.Tensor, inverse: tf.Tensor): tf.Tensor {
  const leading = x.shape.slice(0, -1).map((_, axis) => axis);
  return tf.sum(tf.mul(dy, tf.mul(x, inverse)), leading);
}
