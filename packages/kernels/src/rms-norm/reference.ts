import { tf } from '@tunesmith/runtime';

/** y and the inverse root mean square `[..., 1]`. */
export function forward(x: tf.Tensor, weight: tf.Tensor, epsilon: number): { y: tf.Tensor; inverse: tf.Tensor } {
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
  return { y: tf.mul(tf.mul(x, inverse), weight), inverse };
}

/** dx = r · (g − x̂ · mean(g · x̂)). */
export function inputGradient(dy: tf.Tensor, x: tf.Tensor, weight: tf.Tensor, inverse: tf.Tensor): tf.Tensor {
  const g = tf.mul(dy, weight);
  const normalised = tf.mul(x, inverse);
  const projection = tf.mean(tf.mul(g, normalised), -1, true);
  return tf.mul(tf.sub(g, tf.mul(normalised, projection)), inverse);
}

/** dweight = Σ over all rows of dy · x̂. */
export function weightGradient(dy: tf.Tensor, x: tf.Tensor, inverse: tf.Tensor): tf.Tensor {
  const leading = x.shape.slice(0, -1).map((_, axis) => axis);
  return tf.sum(tf.mul(dy, tf.mul(x, inverse)), leading);
}
