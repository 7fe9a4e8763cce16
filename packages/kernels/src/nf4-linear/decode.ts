import { constant, isRecording, tf } from '@tunesmith/runtime';
import { nf4Block, nf4Codes, nf4NestedBlock } from './codes.ts';
import { dynamicMap } from './dynamic-map.ts';
import type { Nf4Matrix } from './index.ts';

/** Bytes as indices of a table: how they are cast is a target's own affair. */
export type ToIndices = (bytes: tf.Tensor) => tf.Tensor;

/** The two numbers that each byte stands for, `[256, 2]`. */
const pairs = Float32Array.from(
  { length: 512 },
  (_, i) => nf4Codes[i % 2 === 0 ? i >> 5 : (i >> 1) & 15]!,
);

/** The matrix in float32. */
export function decoded(matrix: Nf4Matrix, toIndices: ToIndices): tf.Tensor2D {
  const { codes, shape } = matrix;
  const count = shape[0] * shape[1];
  const scales = scalesOf(matrix, toIndices);
  const both = tf.reshape(lookUp(pairs, [256, 2], toIndices(codes)), [2 * codes.size]);
  const values = both.size === count ? both : tf.slice(both, [0], [count]);
  const isWhole = count % nf4Block === 0;
  const scaled = isWhole
    ? tf.mul(tf.reshape(values, [scales.size, nf4Block]), tf.reshape(scales, [scales.size, 1]))
    : tf.mul(values, repeated(scales, nf4Block, count));
  return tf.reshape(scaled, [...shape]) as tf.Tensor2D;
}

/** One scale a block, `[blocks]`. */
export function scalesOf({ absmax, nested, offset }: Nf4Matrix, toIndices: ToIndices): tf.Tensor {
  const shifted = lookUp(dynamicMap(), [256], toIndices(absmax));
  return tf.add(tf.mul(shifted, repeated(nested, nf4NestedBlock, absmax.size)), offset);
}

function lookUp(data: Float32Array, shape: readonly number[], indices: tf.Tensor): tf.Tensor {
  const table = isRecording()
    ? constant({ shape, dtype: 'float32', data })
    : tf.tensor(data, [...shape]);
  return tf.gather(table, indices as tf.Tensor1D);
}

/** Each element `times` times, and of that the first `count`. */
function repeated(x: tf.Tensor, times: number, count: number): tf.Tensor {
  const each = tf.reshape(tf.tile(tf.reshape(x, [x.size, 1]), [1, times]), [x.size * times]);
  return each.size === count ? each : tf.slice(each, [0], [count]);
}
