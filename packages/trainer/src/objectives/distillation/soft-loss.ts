import { tf } from '@tunesmith/runtime';

/** How soft and hard loss are mixed. */
export interface Mixing {
  /** T, at which teacher and model are compared. */
  readonly temperature: number;
  /** Share of the hard loss, α. */
  readonly hardShare: number;
}

/**
 * `α · hard + (1 − α) · T² · KL(p ‖ softmax(z / T))` for each row: Hinton et al. 2015, T² keeping the gradient's size.
 *
 * @param hard the loss of the right answer alone, `[n]`
 * @param crossEntropy `−Σ p log softmax(z / T)`, `[n]`
 * @param negativeEntropies `Σ p log p`, `[n]`
 * @returns `[n]`
 */
export function mixed(
  { temperature, hardShare }: Mixing,
  hard: tf.Tensor,
  crossEntropy: tf.Tensor,
  negativeEntropies: tf.Tensor,
): tf.Tensor {
  const soft = tf.mul(tf.add(crossEntropy, negativeEntropies), temperature ** 2);
  return tf.add(tf.mul(hard, hardShare), tf.mul(soft, 1 - hardShare));
}
