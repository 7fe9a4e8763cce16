import { TunesmithError } from '@tunesmith/schema';
import { tf } from '@tunesmith/runtime';
import { kernelTable } from '../kernel-table.ts';
import { withOwnGradient } from '../own-gradient.ts';
import { checkShape, rowsOf } from '../shapes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';

const use = kernelTable({ eager: reference, graph });

/** Integers of one byte, with one scale a column: `matrix[i, j] = integers[i, j] · scale[j]`. */
export interface Int8Part {
  /** int8 `[in, out]`, as a product `x · matrix` reads it. */
  readonly integers: tf.Tensor;
  /** float32 `[out]`. */
  readonly scale: tf.Tensor;
}

/** A matrix in integers of one byte, or of two: the sum of two parts. */
export interface Int8Matrix extends Int8Part {
  /** What the first part leaves of the matrix, in steps of its own; rows of x are then rounded to two bytes too. */
  readonly low?: Int8Part;
}

/** A frozen linear map in integers. */
export interface Int8LinearMap {
  /** `[in, out]`: the transposed weight, its rows multiplied by `1 / smoothing` where there is one. */
  readonly forward: Int8Matrix;
  /**
   * `[out, in]`: the weight for the gradient of the input, in integers, or itself for a product in float32; absent where nobody asks for it.
   */
  readonly gradient?: Int8Matrix | tf.Tensor;
  /** `[in]`: what each input channel is multiplied by before it is rounded, so that few channels do not set the step of all. */
  readonly smoothing?: tf.Tensor;
}

/**
 * Frozen linear map as a product of integers: `y ≈ x Wᵀ`, and `dx ≈ dy W`. The weight gets no gradient.
 *
 * Each row of the input is rounded to 8 bits by its own largest element: with `m = max_k |x_k|` and `q = round(127 · x / m)`,
 * `y_j = m / 127 · s_j · Σ_k q_k w_kj`; the sum is exact. The gradient does the same to the rows of dy with a weight that has one
 * scale for each column of its own. Maps that read one tensor share its rounded form: equal nodes of a graph are one node.
 *
 * The error of a product is about 1 % of its root mean square (both operands rounded to 1/254 of their largest element).
 *
 * With a low part, in integers of two bytes: `y ≈ x_h w_h + x_h w_l + x_l w_h`, x rounded to `x_h`, what that leaves to `x_l`, each to
 * 8 bits. Three products in place of one, and an error of about 1e-4: that of `x_l w_l`, which is left out, and of both low parts.
 *
 * @param x `[..., in]`
 * @param map the weight in integers
 * @returns `[..., out]`
 * @throws TunesmithError `invalid-shape`; `no-gradient` where a gradient is asked for and `map.gradient` is absent
 * @see Wortsman et al., Stable and low-precision training for large-scale vision-language models (SwitchBack), 2023; Xiao et
 * al., SmoothQuant, 2023
 */
export function int8Linear(x: tf.Tensor, map: Int8LinearMap): tf.Tensor {
  const dimensions = checkShape('int8Linear', 'x', x, ['...', 'in']);
  const { forward, gradient, smoothing } = map;
  checkMatrix('forward', forward, ['in', 'out'], dimensions);
  if (smoothing) checkShape('int8Linear', 'smoothing', smoothing, ['in'], dimensions);
  if (gradient instanceof tf.Tensor) {
    checkShape('int8Linear', 'gradient', gradient, ['out', 'in'], dimensions);
  } else if (gradient) {
    checkMatrix('gradient', gradient, ['out', 'in'], dimensions);
  }
  const [y] = withOwnGradient({
    inputs: { x },
    forward: () => {
      const rows = rowsOf(x);
      const product = use().product(smoothing ? tf.mul(rows, smoothing) : rows, forward);
      return [tf.reshape(product, [...x.shape.slice(0, -1), dimensions['out']!])];
    },
    gradient: ([dy]) => ({
      x: () => tf.reshape(inputGradient(rowsOf(dy!), gradientOf(map)), x.shape),
    }),
  });
  return y!;
}

function checkMatrix(
  name: string,
  { integers, scale, low }: Int8Matrix,
  axes: readonly ['in', 'out'] | readonly ['out', 'in'],
  dimensions: Record<string, number>,
): void {
  checkShape('int8Linear', `${name}.integers`, integers, axes, dimensions);
  checkShape('int8Linear', `${name}.scale`, scale, [axes[1]], dimensions);
  if (low) checkMatrix(`${name}.low`, low, axes, dimensions);
}

function inputGradient(dy: tf.Tensor2D, weight: Int8Matrix | tf.Tensor): tf.Tensor {
  return weight instanceof tf.Tensor ? tf.matMul(dy, weight) : use().product(dy, weight);
}

function gradientOf({ gradient }: Int8LinearMap): Int8Matrix | tf.Tensor {
  if (gradient) return gradient;
  throw new TunesmithError({
    package: '@tunesmith/kernels',
    code: 'no-gradient',
    message: 'int8Linear: the weight was placed without the layout that its input gradient reads',
    accepted: 'a map with `gradient`',
  });
}
