import { tf } from '@tunesmith/runtime';
import { float, node } from '../graph-nodes.ts';

export { inputGradient, weightGradient } from './reference.ts';

/**
 * One node for y, and the inverse root mean square beside it: the WebGPU provider's node leaves its second output unwritten, without
 * an error (ONNX Runtime 1.30).
 */
export function forward(
  x: tf.Tensor,
  weight: tf.Tensor,
  epsilon: number,
): { y: tf.Tensor; inverse: tf.Tensor } {
  const attributes = { axis: -1, epsilon: { float: epsilon }, stash_type: 1 };
  const y = node('SimplifiedLayerNormalization', [x, weight], float(x.shape), { attributes });
  return { y, inverse: tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon)) };
}
