import { tf } from '@tunesmith/runtime';
import { silu } from '../activation/graph.ts';

export { gradient } from './reference.ts';

/** `silu(gate) · up`, and `silu(gate)` for the gradient. */
export function forward(gate: tf.Tensor, up: tf.Tensor): { y: tf.Tensor; activated: tf.Tensor } {
  const activated = silu(gate);
  return { y: tf.mul(activated, up), activated };
}
