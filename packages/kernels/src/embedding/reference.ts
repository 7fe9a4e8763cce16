import { tf } from '@tunesmith/runtime';

/** `[rows, width]` with `dy[i]` `[n, width]` added to row `ids[i]`. */
export function scatterAdd(dy: tf.Tensor, ids: tf.Tensor, rows: number): tf.Tensor {
  return tf.scatterND(tf.reshape(ids, [-1, 1]), dy, [rows, dy.shape[1] as number]);
}
