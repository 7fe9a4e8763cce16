import { tf } from '@tunesmith/runtime';
import type { HostTensor } from '@tunesmith/runtime';
import type { PairedTable } from './table.ts';

/** Rotates by +θ (`direction` 1) or −θ (−1). */
export function rotate(
  x: tf.Tensor,
  positions: tf.Tensor,
  table: PairedTable,
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
  const [first, second] = split(part(0, 2 * half), table.pairs);
  const rotated = joined(
    tf.sub(tf.mul(first, cos), tf.mul(second, sin)),
    tf.add(tf.mul(second, cos), tf.mul(first, sin)),
    table.pairs,
  );
  // Heads that are rotated in part only keep their tail.
  return 2 * half < headDim ? tf.concat([rotated, part(2 * half, headDim - 2 * half)], 3) : rotated;
}

/** The first and the second dimension of every pair, `[batch, tokens, heads, pairs]` each. */
function split(x: tf.Tensor, pairs: PairedTable['pairs']): [tf.Tensor, tf.Tensor] {
  if (pairs === 'halves') return tf.split(x, 2, 3) as [tf.Tensor, tf.Tensor];
  const [batch, tokens, heads, width] = x.shape as [number, number, number, number];
  return tf
    .unstack(tf.reshape(x, [batch * tokens, heads, width / 2, 2]), 3)
    .map((one) => tf.reshape(one, [batch, tokens, heads, width / 2])) as [tf.Tensor, tf.Tensor];
}

/** The way back. */
function joined(first: tf.Tensor, second: tf.Tensor, pairs: PairedTable['pairs']): tf.Tensor {
  if (pairs === 'halves') return tf.concat([first, second], 3);
  const [batch, tokens, heads, half] = first.shape as [number, number, number, number];
  return tf.reshape(tf.stack([first, second], 4), [batch, tokens, heads, 2 * half]);
}
