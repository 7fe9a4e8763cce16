import { tf } from '@tunesmith/runtime';
import { checkShape, rowsOf } from '../shapes.ts';

/** How a weight matrix lies in memory: `out_in` as in torch's Linear, `in_out` as in GPT-2's Conv1D. */
export type LinearLayout = 'out_in' | 'in_out';

/**
 * Linear map: `y = x · Wᵀ + bias` for layout `out_in`, `y = x · W + bias` for `in_out`.
 *
 * The weight is never transposed in memory, neither here nor in the gradients.
 *
 * @param x `[..., in]`
 * @param weight `[out, in]` or `[in, out]`, see `layout`
 * @param options.layout which of the two
 * @param options.bias `[out]`
 * @returns `[..., out]`
 * @throws TunesmithError `invalid-shape`
 */
export function linear(
  x: tf.Tensor,
  weight: tf.Tensor,
  options: { readonly layout: LinearLayout; readonly bias?: tf.Tensor | undefined },
): tf.Tensor {
  const { layout, bias } = options;
  const dimensions = checkShape('linear', 'x', x, ['...', 'in']);
  checkShape(
    'linear',
    'weight',
    weight,
    layout === 'out_in' ? ['out', 'in'] : ['in', 'out'],
    dimensions,
  );
  if (bias) checkShape('linear', 'bias', bias, ['out'], dimensions);
  const rows = rowsOf(x);
  const product = tf.matMul(rows, weight as tf.Tensor2D, false, layout === 'out_in');
  const y = bias ? tf.add(product, bias) : product;
  return tf.reshape(y, [...x.shape.slice(0, -1), dimensions['out'] as number]);
}
