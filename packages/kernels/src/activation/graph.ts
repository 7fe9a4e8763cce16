import type { tf } from '@tunesmith/runtime';
import { CONTRIB, float, node } from '../graph-nodes.ts';
import type { GeluApproximation } from './reference.ts';

export { geluDerivative, relu, reluDerivative, siluDerivative } from './reference.ts';

/** `x · σ(alpha · x)` with alpha 1. */
export function silu(x: tf.Tensor): tf.Tensor {
  return node('QuickGelu', [x], float(x.shape), {
    domain: CONTRIB,
    attributes: { alpha: { float: 1 } },
  });
}

/** One node. */
export function gelu(x: tf.Tensor, approximation: GeluApproximation): tf.Tensor {
  return node('Gelu', [x], float(x.shape), { attributes: { approximate: approximation } });
}
