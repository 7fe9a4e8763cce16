import { tf } from '@tunesmith/runtime';
import { quickGeluSlope } from './slope.ts';

/** Which formula of the Gaussian error linear unit: exact (`none`) or with the hyperbolic tangent. */
export type GeluApproximation = 'none' | 'tanh';

const SLOPE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** `x · σ(x)`. */
export function silu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sigmoid(x));
}

/** `σ(x) · (1 + x · (1 − σ(x)))`. */
export function siluDerivative(x: tf.Tensor): tf.Tensor {
  const s = tf.sigmoid(x);
  return tf.mul(s, tf.add(1, tf.mul(x, tf.sub(1, s))));
}

/** `x · σ(1.702 x)`. */
export function quickGelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sigmoid(tf.mul(x, quickGeluSlope)));
}

/** `σ(1.702 x) · (1 + 1.702 x · (1 − σ(1.702 x)))`. */
export function quickGeluDerivative(x: tf.Tensor): tf.Tensor {
  return siluDerivative(tf.mul(x, quickGeluSlope));
}

/** `x · tanh(ln(1 + eˣ))`. */
export function mish(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.tanh(softplus(x)));
}

/** `t + x · (1 − t²) · σ(x)` with `t = tanh(ln(1 + eˣ))`. */
export function mishDerivative(x: tf.Tensor): tf.Tensor {
  const t = tf.tanh(softplus(x));
  return tf.add(t, tf.mul(tf.mul(x, tf.sub(1, tf.square(t))), tf.sigmoid(x)));
}

/** `x · Φ(x)` or its approximation. */
export function gelu(x: tf.Tensor, approximation: GeluApproximation): tf.Tensor {
  return tf.mul(x, distribution(x, approximation));
}

/** `Φ(x) + x · Φ′(x)`. */
export function geluDerivative(x: tf.Tensor, approximation: GeluApproximation): tf.Tensor {
  if (approximation === 'none') {
    const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return tf.add(distribution(x, 'none'), tf.mul(x, density));
  }
  const t = hyperbolic(x);
  const inner = tf.mul(tf.add(tf.mul(tf.square(x), 3 * CUBIC), 1), SLOPE);
  const slope = tf.mul(tf.mul(tf.sub(1, tf.square(t)), inner), 0.5);
  return tf.add(tf.mul(tf.add(t, 1), 0.5), tf.mul(x, slope));
}

/** `max(x, 0)`. */
export function relu(x: tf.Tensor): tf.Tensor {
  return tf.relu(x);
}

/** 1 where x > 0, else 0. */
export function reluDerivative(x: tf.Tensor): tf.Tensor {
  return tf.cast(tf.greater(x, 0), 'float32');
}

/** `max(x, 0)²`. */
export function reluSquared(x: tf.Tensor): tf.Tensor {
  return tf.square(tf.relu(x));
}

/** `2 max(x, 0)`. */
export function reluSquaredDerivative(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.relu(x), 2);
}

/** `1 − tanh²(x)`. */
export function tanhDerivative(x: tf.Tensor): tf.Tensor {
  return tf.sub(1, tf.square(tf.tanh(x)));
}

/** `ln(1 + eˣ)`, also where eˣ is beyond float32. */
function softplus(x: tf.Tensor): tf.Tensor {
  return tf.add(tf.relu(x), tf.log(tf.add(tf.exp(tf.neg(tf.abs(x))), 1)));
}

function distribution(x: tf.Tensor, approximation: GeluApproximation): tf.Tensor {
  const t = approximation === 'none' ? tf.erf(tf.mul(x, Math.SQRT1_2)) : hyperbolic(x);
  return tf.mul(tf.add(t, 1), 0.5);
}

function hyperbolic(x: tf.Tensor): tf.Tensor {
  return tf.tanh(tf.mul(tf.mul(x, tf.add(tf.mul(tf.square(x), CUBIC), 1)), SLOPE));
}
