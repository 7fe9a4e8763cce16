import { tf } from '@tunesmith/runtime';
import { silu } from '../activation/reference.ts';

/** `silu(gate) · up`. */
export function forward(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return tf.mul(silu(gate), up);
}

/**
 * Both gradients, in as few passes over memory as possible. With `e = dy · σ(gate)`: `dup = e · gate` and
 * `dgate = up · (e + dup · (1 − σ(gate)))`.
 */
export function gradient(
  dy: tf.Tensor,
  gate: tf.Tensor,
  up: tf.Tensor,
): { gate: tf.Tensor; up: tf.Tensor } {
  const s = tf.sigmoid(gate);
  const e = tf.mul(dy, s);
  const dUp = tf.mul(e, gate);
  return { gate: tf.mul(up, tf.add(e, tf.sub(dUp, tf.mul(dUp, s)))), up: dUp };
}
