import { tf } from '@tunesmith/runtime';
import type { Expert } from './index.ts';
import type { Routing } from './routing.ts';

/** Every expert on every row. */
export function mixture(x: tf.Tensor, { weights }: Routing, expert: Expert): tf.Tensor {
  const [rows, count] = weights.shape as [number, number];
  const parts = Array.from({ length: count }, (_, index) =>
    tf.mul(expert(index, x), tf.slice(weights, [0, index], [rows, 1])),
  );
  return parts.length === 1 ? parts[0]! : tf.addN(parts as tf.Tensor2D[]);
}
