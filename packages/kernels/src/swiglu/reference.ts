import { tf } from '@tunesmith/runtime';
import { silu } from '../activation/reference.ts';

/** `silu(gate) · up`, and `silu(gate)` for the gradient. */
export function forward(gate: tf.Tensor, up: tf.Tensor): { y: tf.Tensor; activated: tf.Tensor } {
  const activated = silu(gate);
  return { y: tf.mul(activated, up), activated };
}

/**
 * Both gradients, in as few passes over memory as possible: `dup = dy · silu(gate)` and
 * `dgate = up · (dup + σ(gate) · (dy − dup))`.
 */
export function gradient(
  dy: tf.Tensor,
  { gate, up, activated }: { gate: tf.Tensor; up: tf.Tensor; activated: tf.Tensor },
): { gate: tf.Tensor; up: tf.Tensor } {
  const dUp = tf.mul(dy, activated);
  const rest = tf.mul(tf.sigmoid(gate), tf.sub(dy, dUp));
  return { gate: tf.mul(up, tf.add(dUp, rest)), up: dUp };
}
