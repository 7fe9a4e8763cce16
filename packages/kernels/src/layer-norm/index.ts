import type { tf } from '@tunesmith/runtime';
import { implementation } from '../implementation.ts';
import { withOwnGradient } from '../own-gradient.ts';
import { checkShape } from '../shapes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';

const use = () => implementation(reference, graph);

/**
 * Layer norm: `y = x̂ · weight + bias`, `x̂ = (x − mean(x)) · r`, `r = 1 / √(var(x) + epsilon)` over the last
 * axis, with the biased variance.
 *
 * The gradient keeps x, the mean and r. With `g = dy · weight`:
 * `dx = r · (g − mean(g) − x̂ · mean(g · x̂))`, `dweight = Σ dy · x̂`, `dbias = Σ dy`.
 *
 * @param x `[..., width]`
 * @param weight `[width]`
 * @param bias `[width]`
 * @param epsilon added to the variance, > 0
 * @returns `[..., width]`
 * @throws TunesmithError `invalid-shape`
 * @see Ba, Kiros and Hinton, Layer Normalization, 2016
 */
export function layerNorm(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor,
  epsilon: number,
): tf.Tensor {
  const { width } = checkShape('layerNorm', 'x', x, ['...', 'width']);
  checkShape('layerNorm', 'weight', weight, [width as number]);
  checkShape('layerNorm', 'bias', bias, [width as number]);
  const [y] = withOwnGradient({
    inputs: { x, weight, bias },
    forward: (save) => {
      const { y, mean, inverse } = use().forward(x, weight, bias, epsilon);
      save([x, weight, mean, inverse]);
      return [y];
    },
    gradient: ([dy], [x, weight, mean, inverse]) => ({
      x: () => use().inputGradient(dy!, x!, weight!, mean!, inverse!),
      weight: () => use().weightGradient(dy!, x!, mean!, inverse!),
      bias: () => use().biasGradient(dy!),
    }),
  });
  return y!;
}
