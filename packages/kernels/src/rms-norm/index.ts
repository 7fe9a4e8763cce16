import { tf } from '@tunesmith/runtime';
import { kernelTable } from '../kernel-table.ts';
import { withOwnGradient } from '../own-gradient.ts';
import { checkShape, lastAxes } from '../shapes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';
import * as webgpu from './webgpu.ts';

const use = kernelTable({ eager: reference, graph, webgpu });

/**
 * Root mean square norm: `y = x · r · weight` with `r = 1 / √(mean(x²) + epsilon)` over the last axis.
 *
 * The gradient keeps x and r only. With `g = dy · weight` and `x̂ = x · r`:
 * `dx = r · (g − x̂ · mean(g · x̂))`, `dweight = Σ dy · x̂`.
 *
 * @param x `[..., width]`
 * @param weight `[width]`, or with more of x's last axes (`[heads, width]`); 1 if absent
 * @param epsilon added to the mean square, > 0
 * @param weightOffset added to the weight: 1 where it is stored as the difference from 1 (Gemma)
 * @returns `[..., width]`
 * @throws TunesmithError `invalid-shape`
 * @see Zhang and Sennrich, Root Mean Square Layer Normalization, 2019
 */
export function rmsNorm(
  x: tf.Tensor,
  weight: tf.Tensor | undefined,
  epsilon: number,
  weightOffset = 0,
): tf.Tensor {
  checkShape('rmsNorm', 'x', x, ['...', 'width']);
  if (!weight) return scaled(x, tf.ones(lastAxes(x)), epsilon);
  checkShape('rmsNorm', 'weight', weight, lastAxes(x, weight));
  const factor = weightOffset === 0 ? weight : tf.add(weight, weightOffset);
  if (weight.rank === 1) return scaled(x, factor, epsilon);
  return tf.mul(scaled(x, tf.ones(lastAxes(x)), epsilon), factor);
}

/** With a weight of one row. */
function scaled(x: tf.Tensor, weight: tf.Tensor, epsilon: number): tf.Tensor {
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
