import { tf } from '@tunesmith/runtime';
import { kernelTable } from '../kernel-table.ts';
import { withOwnGradient } from '../own-gradient.ts';
import { checkShape, rowsOf } from '../shapes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';

const use = kernelTable({ eager: reference, graph });

/**
 * Low-rank update of a linear map's output: `base + scaling · (x Aᵀ) Bᵀ`.
 *
 * The gradient keeps x and the narrow `t = x Aᵀ`. With `u = scaling · dy B`:
 * `dbase = dy`, `dx = u A`, `dA = uᵀ x`, `dB = scaling · dyᵀ t`.
 *
 * @param base `[..., out]`, the frozen map's output
 * @param x `[..., in]`, the adapter's input (after dropout, if any)
 * @param a `[r, in]`
 * @param b `[out, r]`
 * @param scaling alpha / r, or alpha / √r for rsLoRA
 * @returns `[..., out]`
 * @throws TunesmithError `invalid-shape`
 * @see Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, 2021
 */
export function loraLinear(
  base: tf.Tensor,
  x: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  scaling: number,
): tf.Tensor {
  const dimensions = checkShape('loraLinear', 'x', x, ['...', 'in']);
  checkShape('loraLinear', 'a', a, ['r', 'in'], dimensions);
  checkShape('loraLinear', 'b', b, ['out', 'r'], dimensions);
  checkShape('loraLinear', 'base', base, [...x.shape.slice(0, -1), dimensions['out'] as number]);
  const [y] = withOwnGradient({
    inputs: { base, x, a, b },
    forward: (save) => {
      const rows = rowsOf(x);
      const { y, narrow } = use().forward(rowsOf(base), rows, a, b, scaling);
      save([rows, a, b, narrow]);
      return [tf.reshape(y, base.shape)];
    },
    gradient: ([dy], [rows, a, b, narrow]) => {
      const dyRows = rowsOf(dy!);
      const u = use().narrowGradient(dyRows, b!, scaling);
      return {
        base: () => tf.clone(dy!),
        x: () => tf.reshape(tf.matMul(u, a!), x.shape),
        a: () => tf.matMul(u, rows!, true, false),
        b: () => use().upGradient(dyRows, narrow!, scaling),
      };
    },
  });
  return y!;
}
