import { record } from '@tunesmith/runtime';
import type { tf } from '@tunesmith/runtime';
import { float } from '../graph-nodes.ts';

export { inputGradient, weightGradient } from './reference.ts';

/** One node that also returns the inverse root mean square. */
export function forward(
  x: tf.Tensor,
  weight: tf.Tensor,
  epsilon: number,
): { y: tf.Tensor; inverse: tf.Tensor } {
  const [y, inverse] = record({
    op: 'SimplifiedLayerNormalization',
    inputs: [x, weight],
    outputs: [float(x.shape), float([...x.shape.slice(0, -1), 1])],
    attributes: { axis: -1, epsilon: { float: epsilon }, stash_type: 1 },
  });
  return { y: y!, inverse: inverse! };
}
