import { tf } from '@tunesmith/runtime';
import type { HostTensor } from '@tunesmith/runtime';
import type { RotaryTable } from './table.ts';

/** Rotates by +θ (`direction` 1) or −θ (−1). */
export function rotate(
  x: tf.Tensor,
  positions: tf.Tensor,
  table: RotaryTable,
  direction: 1 | -1,
): tf.Tensor {
  const [batch, tokens, heads, headDim] = x.shape as [number, number, number, number];
  const half = table.cos.shape[1] as number;
  const rows = (host: HostTensor) =>
    tf.reshape(
      tf.gather(
        tf.tensor(host.data as Float32Array, host.shape as number[]),
        tf.reshape(positions, [batch * tokens]),
      ),
      [batch, tokens, 1, half],
    );
  const cos = rows(table.cos);
  const sin = rows(direction === 1 ? table.sin : table.negativeSin);
  const part = (begin: number, size: number) =>
    tf.slice(x, [0, 0, 0, begin], [batch, tokens, heads, size]);
  const first = part(0, half);
  const second = part(half, half);
  const rotated = [
    tf.sub(tf.mul(first, cos), tf.mul(second, sin)),
    tf.add(tf.mul(second, cos), tf.mul(first, sin)),
  ];
  // Heads that are rotated in part only keep their tail.
  if (2 * half < headDim) rotated.push(part(2 * half, headDim - 2 * half));
  return tf.concat(rotated, 3);
}
