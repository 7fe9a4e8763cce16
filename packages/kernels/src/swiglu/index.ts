import type { tf } from '@tunesmith/runtime';
import { kernelTable } from '../kernel-table.ts';
import { withOwnGradient } from '../own-gradient.ts';
import { checkShape } from '../shapes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';

const use = kernelTable({ eager: reference, graph });

/**
 * Gated feed-forward activation `silu(gate) · up`, with `silu(g) = g · σ(g)`.
 *
 * The gradient keeps gate, up and silu(gate): `dup = dy · silu(gate)`,
 * `dgate = dy · up · σ(gate) · (1 + gate · (1 − σ(gate))) = up · (dup + σ(gate) · (dy − dup))`.
 *
 * @param gate any shape
 * @param up the same shape
 * @returns the same shape
 * @throws TunesmithError `invalid-shape`
 * @see Shazeer, GLU Variants Improve Transformer, 2020
 */
export function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  checkShape('swiglu', 'up', up, gate.shape);
  const [y] = withOwnGradient({
    inputs: { gate, up },
    forward: (save) => {
      const { y, activated } = use().forward(gate, up);
      save([gate, up, activated]);
      return [y];
    },
    gradient: ([dy], [gate, up, activated]) => {
      const gradients = use().gradient(dy!, { gate: gate!, up: up!, activated: activated! });
      return { gate: () => gradients.gate, up: () => gradients.up };
    },
  });
  return y!;
}
