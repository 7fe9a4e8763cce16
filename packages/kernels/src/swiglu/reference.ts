import { tf } from '@tunesmith/runtime';
import { silu } from '../activation/reference.ts';

/** `silu(gate) · up`. */
export function forward(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return tf.mul(silu(gate), up);
}

/** Both gradients; they share the sigmoid. With `a = silu(gate)` the derivative of silu is `a + σ · (1 − a)`. */
export function gradient(dy: tf.Tensor, gate: tf.Tensor, up: tf.Tensor): { gate: tf.Tensor; up: tf.Tensor } {
  const s = tf.sigmoid(gate);
  const a = tf.mul(gate, s);
  const derivative = tf.add(a, tf.mul(s, tf.sub(1, a)));
  return { gate: tf.mul(tf.mul(dy, up), derivative), up: tf.mul(dy, a) };
}
