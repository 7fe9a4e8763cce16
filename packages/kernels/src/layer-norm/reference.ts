import { tf } from '@tunesmith/runtime';

/** y, the mean and the inverse standard deviation, both `[..., 1]`. */
export function forward(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor,
  epsilon: number,
): { y: tf.Tensor; mean: tf.Tensor; inverse: tf.Tensor } {
  const mean = tf.mean(x, -1, true);
  const centered = tf.sub(x, mean);
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), epsilon));
  return { y: tf.add(tf.mul(tf.mul(centered, inverse), weight), bias), mean, inverse };
}

/** dx = r · (g − mean(g) − x̂ · mean(g · x̂)). */
export function inputGradient(
  dy: tf.Tensor,
  x: tf.Tensor,
  weight: tf.Tensor,
  mean: tf.Tensor,
  inverse: tf.Tensor,
): tf.Tensor {
  const g = tf.mul(dy, weight);
  const normalized = tf.mul(tf.sub(x, mean), inverse);
  const projection = tf.mean(tf.mul(g, normalized), -1, true);
  const centered = tf.sub(g, tf.mean(g, -1, true));
  return tf.mul(tf.sub(centered, tf.mul(normalized, projection)), inverse);
}

/** dweight = Σ over all rows of dy · x̂. */
export function weightGradient(
  dy: tf.Tensor,
  x: tf.Tensor,
  mean: tf.Tensor,
  inverse: tf.Tensor,
): tf.Tensor {
  return tf.sum(tf.mul(dy, tf.mul(tf.sub(x, mean), inverse)), leadingAxes(x));
}

/** dbias = Σ over all rows of dy. */
export function biasGradient(dy: tf.Tensor): tf.Tensor {
  return tf.sum(dy, leadingAxes(dy));
}

function leadingAxes(x: tf.Tensor): number[] {
  return x.shape.slice(0, -1).map((_, axis) => axis);
}
