import type { tf } from '@tunesmith/runtime';
import { CONTRIB, float, node } from '../graph-nodes.ts';
import type { GeluApproximation } from './reference.ts';
import { quickGeluSlope } from './slope.ts';

export {
  geluDerivative,
  mish,
  mishDerivative,
  quickGeluDerivative,
  relu,
  reluDerivative,
  reluSquared,
  reluSquaredDerivative,
  siluDerivative,
  tanhDerivative,
} from './reference.ts';

/** One node. */
export function silu(x: tf.Tensor): tf.Tensor {
  return sigmoidWeighted(x, 1);
}

/** One node. */
export function quickGelu(x: tf.Tensor): tf.Tensor {
  return sigmoidWeighted(x, quickGeluSlope);
}

/** `x · σ(alpha · x)`. */
function sigmoidWeighted(x: tf.Tensor, alpha: number): tf.Tensor {
  return node('QuickGelu', [x], float(x.shape), {
    domain: CONTRIB,
    attributes: { alpha: { float: alpha } },
  });
}

/** One node. */
export function gelu(x: tf.Tensor, approximation: GeluApproximation): tf.Tensor {
  return node('Gelu', [x], float(x.shape), { attributes: { approximate: approximation } });
}
