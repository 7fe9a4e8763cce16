import { int64Constant, tf } from '@tunesmith/runtime';
import { float, int64, node, reshapeOpen, sliceOpen } from '../graph-nodes.ts';
import type { QueryBlock } from './blocks.ts';
import type { Sight } from './sight.ts';

/** The keys `[first, last)` of one block of queries; with `bounds`, int64 `[2]`, those of them that only the run knows. */
export interface KeyWindow {
  readonly first: number;
  readonly last: number;
  readonly bounds: tf.Tensor | undefined;
}

/**
 * The first key that any query of a block sees and the one after the last, int64 `[2]`. One key where none is seen.
 *
 * @param seen `[batch, 1, queries, keys]` from the block's first key on
 */
export function boundsOf(
  seen: tf.Tensor,
  { order }: Sight,
  { first, last }: QueryBlock,
): tf.Tensor {
  const any = tf.max(seen, [0, 1, 2]); // [keys]
  const begin = after(largest(any, 'first'), first);
  if (order === 'places') return pair(begin, int64Constant([last]));
  // Where none is seen, half a point makes the very first key the last.
  const least = Float32Array.from({ length: last - first }, (_, i) => (i === 0 ? 0.5 : 0));
  return pair(begin, after(largest(tf.maximum(any, tf.tensor(least)), 'last'), first + 1));
}

/** The window's part of an axis of x, on which `from` is the place of key 0. */
export function within(x: tf.Tensor, axis: number, window: KeyWindow, from = 0): tf.Tensor {
  const { first, last, bounds } = window;
  if (bounds) {
    const [begin, end] = [bound(bounds, 0), bound(bounds, 1)].map((one) => after(one, -from));
    return sliceOpen(x, { axis, by: bounds }, last - first, { begin: begin!, end: end! });
  }
  if (last - first === x.shape[axis]) return x;
  const size = x.shape.map((dimension, each) => (each === axis ? last - first : dimension));
  return tf.slice(x, size.map((_, each) => (each === axis ? first - from : 0)), size); // prettier-ignore
}

/** x in another shape, whose axis `axis` is as long as the window. */
export function reshapeWindow(
  x: tf.Tensor,
  shape: readonly number[],
  axis: number,
  { bounds }: KeyWindow,
): tf.Tensor {
  return reshapeOpen(x, shape, bounds && { axis, by: bounds });
}

/** x with zeros on an axis for the keys outside the window, `keys` of them in all. */
export function outside(x: tf.Tensor, axis: number, keys: number, window: KeyWindow): tf.Tensor {
  const { first, last, bounds } = window;
  const rank = x.shape.length;
  if (bounds) {
    const zeros = (count: number) => int64Constant(Array<number>(count).fill(0));
    const missing = node('Sub', [int64Constant([keys]), bound(bounds, 1)], int64([1]));
    const parts = [zeros(axis), bound(bounds, 0), zeros(rank - 1), missing, zeros(rank - axis - 1)];
    const pads = node('Concat', parts, int64([2 * rank]), { attributes: { axis: 0 } });
    return node(
      'Pad',
      [x, pads],
      float(x.shape.map((size, each) => (each === axis ? keys : size))),
    );
  }
  if (last - first === keys) return x;
  return tf.pad(
    x,
    x.shape.map((_, each): [number, number] => (each === axis ? [first, keys - last] : [0, 0])),
  );
}

function largest(x: tf.Tensor, which: 'first' | 'last'): tf.Tensor {
  const attributes = { axis: 0, keepdims: 1, select_last_index: which === 'last' ? 1 : 0 };
  return node('ArgMax', [x], int64([1]), { attributes });
}

function after(x: tf.Tensor, by: number): tf.Tensor {
  return by === 0 ? x : node('Add', [x, int64Constant([by])], int64([1]));
}

function pair(first: tf.Tensor, last: tf.Tensor): tf.Tensor {
  return node('Concat', [first, last], int64([2]), { attributes: { axis: 0 } });
}

function bound(bounds: tf.Tensor, which: 0 | 1): tf.Tensor {
  return node('Slice', [bounds, int64Constant([which]), int64Constant([which + 1])], int64([1]));
}
