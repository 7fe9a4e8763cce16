import { int64Constant, tf } from '@tunesmith/runtime';
import { float, int64, node, sliceOpen } from '../graph-nodes.ts';
import { forEachChunk } from './chunks.ts';
import type { CrossEntropyTensors } from './chunks.ts';

/** One chunk without the positions at its end that have no weight. */
export interface WeightedTensors extends CrossEntropyTensors {
  /** How many positions are left, int64 `[1]`: the first axes are that long when the graph runs. */
  readonly rows: tf.Tensor;
  /** Positions of the chunk with those left out. */
  readonly size: number;
}

/**
 * Calls `visit` for each chunk, less the positions without weight at the end of all. A batch has room for as many supervised
 * positions as any batch of the run; what it does not fill costs nothing then. At least one position of each chunk is left.
 */
export function forEachWeightedChunk(
  tensors: CrossEntropyTensors,
  chunk: number,
  visit: (part: WeightedTensors) => void,
): void {
  const last = lastWeighted(tensors.weights);
  let begin = 0;
  forEachChunk(tensors, chunk, (part) => {
    const size = part.weights.size;
    const rows = clamp(node('Sub', [last, int64Constant([begin - 1])], int64([1])), 1, size);
    const shortened = (x: tf.Tensor) => sliceOpen(x, { axis: 0, by: rows }, size, { end: rows });
    visit({
      ...part,
      hidden: shortened(part.hidden),
      targets: shortened(part.targets),
      weights: shortened(part.weights),
      rows,
      size,
    });
    begin += size;
  });
}

/** Rows of a chunk `[rows, width]` with zeros for those that were left out: `[size, width]`. */
export function padded(x: tf.Tensor, { rows, size }: WeightedTensors): tf.Tensor {
  const missing = node('Sub', [int64Constant([size]), rows], int64([1]));
  const zero = int64Constant([0]);
  const pads = node('Concat', [zero, zero, missing, zero], int64([4]), { attributes: { axis: 0 } });
  return node('Pad', [x, pads], float([size, x.shape[1] as number]));
}

/** Index of the last position with weight; of the very last where none has. */
function lastWeighted(weights: tf.Tensor): tf.Tensor {
  const attributes = { axis: 0, keepdims: 1, select_last_index: 1 };
  const isWeighted = tf.cast(tf.notEqual(weights, 0), 'float32');
  return node('ArgMax', [isWeighted], int64([1]), { attributes });
}

function clamp(x: tf.Tensor, least: number, most: number): tf.Tensor {
  const raised = node('Max', [x, int64Constant([least])], int64([1]));
  return node('Min', [raised, int64Constant([most])], int64([1]));
}
