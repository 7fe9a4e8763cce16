import type { tf } from '@tunesmith/runtime';
import { int64Constant } from '@tunesmith/runtime';
import { float, int64, node } from '../graph-nodes.ts';

/** Some of `count` rows, chosen while the graph runs. */
export interface GatheredRows {
  /** Their numbers, int64 `[m]`, none twice; m is open. */
  readonly indices: tf.Tensor;
  /** The same as a column, int64 `[m, 1]`. */
  readonly places: tf.Tensor;
  /** How many rows there are to choose from. */
  readonly count: number;
}

let active: GatheredRows | undefined;

/** Runs `f`, in which the first axis of activations has the gathered rows only. */
export function amongGathered<T>(rows: GatheredRows, f: () => T): T {
  const outside = active;
  active = rows;
  try {
    return f();
  } finally {
    active = outside;
  }
}

/** The gathered rows of a tensor made for all rows, inside {@link amongGathered}; otherwise x itself. */
export function ofGathered(x: tf.Tensor): tf.Tensor {
  return active && x.shape[0] === active.count && x.rank > 0 ? gather(x, active) : x;
}

/** Numbers of the rows where `chosen` `[count]` is not 0. */
export function gatheredRows(chosen: tf.Tensor): GatheredRows {
  const count = chosen.size;
  const found = node('NonZero', [chosen], { shape: [1, count], dtype: 'int32', element: 'int64' });
  const indices = node('Reshape', [found, int64Constant([-1])], {
    ...int64([count]),
    open: { 0: found },
  });
  const places = node('Transpose', [found], {
    ...int64([count, 1]),
    open: { 0: indices },
  });
  return { indices, places, count };
}

/** The rows of x. */
export function gather(x: tf.Tensor, { indices }: GatheredRows): tf.Tensor {
  return node('Gather', [x, indices], { ...float(x.shape), open: { 0: indices } });
}

/** `sum` with the rows of x added where they were gathered. */
export function addTo(sum: tf.Tensor, x: tf.Tensor, { places }: GatheredRows): tf.Tensor {
  const attributes = { reduction: 'add' };
  return node('ScatterND', [sum, places, x], float(sum.shape), { attributes });
}
