import { int64Constant, tf } from '@tunesmith/runtime';
import { HIDDEN } from '../attention-bias/index.ts';
import { float, int64, node, reshapeOpen, sliceOpen } from '../graph-nodes.ts';
import type { QueryBlock } from './blocks.ts';

/**
 * The keys of one block of queries. With `first`, a number that is known only when the graph runs, they are `[first, end)`: what
 * lies before is hidden from every query of the block.
 */
export interface KeyWindow {
  readonly first: tf.Tensor | undefined;
  readonly end: number;
}

/** Number of the first key that the bias `[batch, 1, tokens, keys]` shows to any query of the block: int64 `[1]`. */
export function firstVisible(bias: tf.Tensor, { begin, end, keys }: QueryBlock): tf.Tensor {
  const size = [bias.shape[0] as number, 1, end - begin, keys];
  const best = tf.max(tf.slice(bias, [0, 0, begin, 0], size), [0, 1, 2]); // [keys]
  return node('ArgMax', [isVisible(best)], int64([1]), { attributes: { axis: 0, keepdims: 1 } });
}

/** 1 where a bias shows a key, 0 where it hides it. */
export function isVisible(bias: tf.Tensor): tf.Tensor {
  return tf.cast(tf.greater(bias, HIDDEN / 2), 'float32');
}

/** The window's part of an axis of x. */
export function within(x: tf.Tensor, axis: number, { first, end }: KeyWindow): tf.Tensor {
  if (first) return sliceOpen(x, { axis, by: first }, end, { begin: first });
  if (end === x.shape[axis]) return x;
  const size = x.shape.map((dimension, each) => (each === axis ? end : dimension));
  return tf.slice(x, Array(size.length).fill(0), size);
}

/** x in another shape, whose axis `axis` is as long as the window. */
export function reshapeWindow(
  x: tf.Tensor,
  shape: readonly number[],
  axis: number,
  { first }: KeyWindow,
): tf.Tensor {
  return reshapeOpen(x, shape, first && { axis, by: first });
}

/** x `[n, window, width]` with zeros for the keys outside the window: `[n, keys, width]`. */
export function outside(x: tf.Tensor, keys: number, { first, end }: KeyWindow): tf.Tensor {
  const [n, , width] = x.shape as [number, number, number];
  if (first) {
    const parts = [int64Constant([0]), first, int64Constant([0, 0, keys - end, 0])];
    const pads = node('Concat', parts, int64([6]), { attributes: { axis: 0 } });
    return node('Pad', [x, pads], float([n, keys, width]));
  }
  if (end === keys) return x;
  return tf.pad(x, [
    [0, 0],
    [0, keys - end],
    [0, 0],
  ]);
}
