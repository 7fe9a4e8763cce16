import { tf } from '@tunesmith/runtime';
import { silu } from '../activation/graph.ts';

export { gradient } from './reference.ts';

/** `silu(gate) · up`. */
export function forward(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return tf.mul(silu(gate), up);
}
