import type { tf } from '@tunesmith/runtime';
import { implementation } from '../implementation.ts';
import { withOwnGradient } from '../own-gradient.ts';
import { checkShape } from '../shapes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';

const use = () => implementation(reference, graph);

/**
 * Root mean square norm: `y = x · r · weight` with `r = 1 / √(mean(x²) + epsilon)` over the last axis.
 *
 * The gradient keeps x and r only. With `g = dy · weight` and `x̂ = x · r`:
 * `dx = r · (g − x̂ · mean(g · x̂))`, `dweight = Σ dy · x̂`.
 *
 * @param x `[..., width]`
 * @param weight `[width]`
 * @param epsilon added to the mean square, > 0
 * @returns `[..., width]`
 * @throws TunesmithError `invalid-shape`
 * @see Zhang and Sennrich, Root Mean Square Layer Normalization, 2019
 */
export function rmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): tf.Tensor {
  const { width } = checkShape('rmsNorm', 'x', x, ['...', 'width']);
  checkShape('rmsNorm', 'weight', weight, [width as number]);
  const [y] = withOwnGradient({
    inputs: { x, weight },
    forward: (save) => {
      const { y, inverse } = use().forward(x, weight, epsilon);
      save([x, weight, inverse]);
      return [y];
    },
    gradient: ([dy], [x, weight, inverse]) => ({
      x: () => use().inputGradient(dy!, x!, weight!, inverse!),
      weight: () => use().weightGradient(dy!, x!, inverse!),
    }),
  });
  return y!;
}
