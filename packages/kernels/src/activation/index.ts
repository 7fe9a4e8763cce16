import { tf } from '@tunesmith/runtime';
import { kernelTable } from '../kernel-table.ts';
import { withOwnGradient } from '../own-gradient.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';
import type { GeluApproximation } from './reference.ts';

export type { GeluApproximation } from './reference.ts';

const use = kernelTable({ eager: reference, graph });

function elementWise(
  x: tf.Tensor,
  forward: (x: tf.Tensor) => tf.Tensor,
  derivative: (x: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const [y] = withOwnGradient({
    inputs: { x },
    forward: (save) => {
      save([x]);
      return [forward(x)];
    },
    gradient: ([dy], [x]) => ({ x: () => tf.mul(dy!, derivative(x!)) }),
  });
  return y!;
}

/**
 * Sigmoid linear unit, also called swish: `x · σ(x)`, element by element. The gradient keeps x only.
 *
 * @see Elfwing, Uchibe and Doya, Sigmoid-Weighted Linear Units, 2017
 */
export function silu(x: tf.Tensor): tf.Tensor {
  return elementWise(x, use().silu, use().siluDerivative);
}

/**
 * Gaussian error linear unit, element by element. The gradient keeps x only.
 *
 * `none`: `x · Φ(x)`, Φ the normal distribution function. `tanh`:
 * `½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))`, what Hugging Face calls `gelu_new` and `gelu_pytorch_tanh`.
 *
 * @see Hendrycks and Gimpel, Gaussian Error Linear Units, 2016
 */
export function gelu(x: tf.Tensor, approximation: GeluApproximation): tf.Tensor {
  return elementWise(
    x,
    (x) => use().gelu(x, approximation),
    (x) => use().geluDerivative(x, approximation),
  );
}

/** Rectified linear unit: `max(x, 0)`, element by element; the derivative at 0 is 0. The gradient keeps x only. */
export function relu(x: tf.Tensor): tf.Tensor {
  return elementWise(x, use().relu, use().reluDerivative);
}

/** Squared rectified linear unit: `max(x, 0)²`, element by element. The gradient keeps x only. */
export function reluSquared(x: tf.Tensor): tf.Tensor {
  return elementWise(x, use().reluSquared, use().reluSquaredDerivative);
}

/**
 * The quick approximation of the Gaussian error linear unit: `x · σ(1.702 x)`, element by element. The gradient keeps x
 * only.
 *
 * @see Hendrycks and Gimpel, Gaussian Error Linear Units, 2016
 */
export function quickGelu(x: tf.Tensor): tf.Tensor {
  return elementWise(x, use().quickGelu, use().quickGeluDerivative);
}

/**
 * Mish: `x · tanh(ln(1 + eˣ))`, element by element. The gradient keeps x only.
 *
 * @see Misra, Mish: A Self Regularized Non-Monotonic Activation Function, 2019
 */
export function mish(x: tf.Tensor): tf.Tensor {
  return elementWise(x, use().mish, use().mishDerivative);
}

/** Hyperbolic tangent, element by element. The gradient keeps x only. */
export function tanh(x: tf.Tensor): tf.Tensor {
  return elementWise(x, tf.tanh, use().tanhDerivative);
}
