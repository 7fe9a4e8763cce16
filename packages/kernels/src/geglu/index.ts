import { tf } from '@tunesmith/runtime';
import * as graph from '../activation/graph.ts';
import * as reference from '../activation/reference.ts';
import type { GeluApproximation } from '../activation/reference.ts';
import { kernelTable } from '../kernel-table.ts';
import { withOwnGradient } from '../own-gradient.ts';
import { checkShape } from '../shapes.ts';

const use = kernelTable({ eager: reference, graph });

/**
 * Gated feed-forward activation `gelu(gate) · up`.
 *
 * The gradient keeps gate and up only: `dgate = dy · up · gelu′(gate)`, `dup = dy · gelu(gate)`.
 *
 * @param gate any shape
 * @param up the same shape
 * @param approximation which gelu, see {@link gelu}
 * @returns the same shape
 * @throws TunesmithError `invalid-shape`
 * @see Shazeer, GLU Variants Improve Transformer, 2020
 */
export function geglu(gate: tf.Tensor, up: tf.Tensor, approximation: GeluApproximation): tf.Tensor {
  checkShape('geglu', 'up', up, gate.shape);
  const [y] = withOwnGradient({
    inputs: { gate, up },
    forward: (save) => {
      save([gate, up]);
      return [tf.mul(use().gelu(gate, approximation), up)];
    },
    gradient: ([dy], [gate, up]) => ({
      gate: () => tf.mul(tf.mul(dy!, up!), use().geluDerivative(gate!, approximation)),
      up: () => tf.mul(dy!, use().gelu(gate!, approximation)),
    }),
  });
  return y!;
}
