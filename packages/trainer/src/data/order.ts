import { integerBelow } from '@tunesmith/schema';
import { streams } from './streams.ts';

/**
 * The order of the rows of one epoch: a Fisher–Yates permutation of `0 … rows − 1` that depends on the seed and the epoch
 * alone, so any position of a run can be found again without replaying it. Without shuffling, file order.
 *
 * @param rows rows per epoch
 * @param options.seed the run's seed
 * @param options.epoch counted from 0
 * @param options.shuffle false keeps file order
 */
export function epochOrder(
  rows: number,
  options: { seed: number; epoch: number; shuffle: boolean },
): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, index) => index);
  if (!options.shuffle) return order;
  const stream = streams.order + 16 * (options.epoch + 1);
  for (let last = rows - 1; last > 0; last--) {
    const pick = integerBelow(last + 1, options.seed, stream, last);
    const held = order[last]!;
    order[last] = order[pick]!;
    order[pick] = held;
  }
  return order;
}

/**
 * An endless sequence of row numbers: epoch after epoch, each row once an epoch.
 */
export interface RowOrder {
  /** The row at `position`, counted from the start of the run. */
  at(position: number): number;
}

/** Makes the sequence; only one epoch's permutation is held at a time. */
export function rowOrder(rows: number, options: { seed: number; shuffle: boolean }): RowOrder {
  let held: { epoch: number; order: Int32Array } = { epoch: -1, order: new Int32Array(0) };
  return {
    at(position) {
      const epoch = Math.floor(position / rows);
      if (epoch !== held.epoch) held = { epoch, order: epochOrder(rows, { ...options, epoch }) };
      return held.order[position - epoch * rows]!;
    },
  };
}
