import { tf } from '@tunesmith/runtime';
import type { Int8Matrix } from '../int8-linear/index.ts';

/** Inputs after checks. */
export interface CrossEntropyTensors {
  readonly hidden: tf.Tensor;
  readonly weight: tf.Tensor;
  /** The weight in integers, `[width, vocabulary]`: what logits are computed with. */
  readonly integers?: Int8Matrix | undefined;
  readonly bias: tf.Tensor | undefined;
  readonly targets: tf.Tensor;
  readonly weights: tf.Tensor;
  /** Multiplies the logits. */
  readonly scale: number;
  /** Logits z become `softCap · tanh(z / softCap)`. */
  readonly softCap: number | undefined;
}

/** Calls `visit` for each chunk: as few as `chunk` positions at most allow, of sizes as even as possible. */
export function forEachChunk(
  tensors: CrossEntropyTensors,
  chunk: number,
  visit: (part: CrossEntropyTensors) => void,
): void {
  const { hidden, targets, weights } = tensors;
  const [n, width] = hidden.shape as [number, number];
  const count = Math.ceil(n / chunk);
  for (let i = 0; i < count; i++) {
    const begin = Math.floor((i * n) / count);
    const size = Math.floor(((i + 1) * n) / count) - begin;
    visit({
      ...tensors,
      hidden: tf.slice(hidden, [begin, 0], [size, width]),
      // Positions of weight 0 may carry the marker for "not supervised", which is no row of the table.
      targets: tf.maximum(tf.slice(targets, [begin], [size]), tf.scalar(0, 'int32')),
      weights: tf.slice(weights, [begin], [size]),
    });
  }
}

/** The chunks' results one after another; zeros of `shape` where there was no position. */
export function joined(parts: tf.Tensor[], shape: readonly number[]): tf.Tensor {
  return parts.length === 0 ? tf.zeros(shape as number[]) : tf.concat(parts, 0);
}
