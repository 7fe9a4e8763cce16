import { record } from '@tunesmith/runtime';
import type { tf } from '@tunesmith/runtime';
import { float } from '../graph-nodes.ts';

export { biasGradient, inputGradient, weightGradient } from './reference.ts';

/** One node that also returns the mean and the inverse standard deviation. */
export function forward(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor,
  epsilon: number,
): { y: tf.Tensor; mean: tf.Tensor; inverse: tf.Tensor } {
  const statistic = float([...x.shape.slice(0, -1), 1]);
  const [y, mean, inverse] = record({
    op: 'LayerNormalization',
    inputs: [x, weight, bias],
    outputs: [float(x.shape), statistic, statistic],
    attributes: { axis: -1, epsilon: { float: epsilon }, stash_type: 1 },
  });
  return { y: y!, mean: mean!, inverse: inverse! };
}
