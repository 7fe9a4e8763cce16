import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import { mapTensors } from './optimizer.ts';

/** The Euclidean norm of all tensors together, a scalar: `√(Σ g²)`. */
export function globalNorm(tensors: TensorMap): tf.Scalar {
  const squares = Object.values(tensors).map((tensor) => tf.sum(tf.square(tensor)));
  return tf.sqrt(tf.addN(squares)) as tf.Scalar;
}

/**
 * torch's `clip_grad_norm_`: every gradient times `min(1, limit / (norm + 1e-6))`.
 *
 * @param norm the {@link globalNorm} of the gradients
 * @param limit largest norm allowed, above 0
 */
export function clipByNorm(gradients: TensorMap, norm: tf.Scalar, limit: number): TensorMap {
  const factor = tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1);
  return mapTensors(gradients, (gradient) => tf.mul(gradient, factor));
}
