import { tf } from '@tunesmith/runtime';
import { kernelTable } from '../kernel-table.ts';
import { withOwnGradient } from '../own-gradient.ts';
import { checkShape, lastAxes } from '../shapes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';

const use = kernelTable({ eager: reference, graph });

/**
 * Layer norm: `y = x̂ · weight + bias`, `x̂ = (x − mean(x)) · r`, `r = 1 / √(var(x) + epsilon)` over the last
 * axis, with the biased variance.
 *
 * The gradient keeps x, the mean and r. With `g = dy · weight`:
 * `dx = r · (g − mean(g) − x̂ · mean(g · x̂))`, `dweight = Σ dy · x̂`, `dbias = Σ dy`.
 *
 * @param x `[..., width]`
 * @param weight `[width]`, or with more of x's last axes (`[heads, width]`); 1 if absent
 * @param bias the same; 0 if absent
 * @param epsilon added to the variance, > 0
 * @returns `[..., width]`
 * @throws TunesmithError `invalid-shape`
 * @see Ba, Kiros and Hinton, Layer Normalization, 2016
 */
export function layerNorm(
  x: tf.Tensor,
  weight: tf.Tensor | undefined,
  bias: tf.Tensor | undefined,
  epsilon: number,
): tf.Tensor {
  checkShape('layerNorm', 'x', x, ['...', 'width']);
  for (const [name, tensor] of Object.entries({ weight, bias })) {
    if (tensor) checkShape('layerNorm', name, tensor, lastAxes(x, tensor));
  }
  if ((weight ?? bias)?.rank === 1) return affine(x, weight, bias, epsilon);
  const normalized = affine(x, undefined, undefined, epsilon);
  const scaled = weight ? tf.mul(normalized, weight) : normalized;
  return bias ? tf.add(scaled, bias) : scaled;
}

/** With a weight and a bias of one row, or without. */
function affine(
  x: tf.Tensor,
  rowWeight: tf.Tensor | undefined,
  rowBias: tf.Tensor | undefined,
  epsilon: number,
): tf.Tensor {
  const weight = rowWeight ?? tf.ones(lastAxes(x));
  const bias = rowBias ?? tf.zeros(lastAxes(x));
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
