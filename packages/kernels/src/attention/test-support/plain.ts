import { tf } from '@tunesmith/runtime';
import { numbers } from '../../test-support/kernel-cases.ts';

/** Sizes of one call of attention. */
export interface Shape {
  readonly batch: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly tokens: number;
  readonly keys: number;
  readonly headDim: number;
}

/** Heads in front of tokens, and every key head repeated as often as it is used. */
export function byHeads(
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
): { q: tf.Tensor; k: tf.Tensor; v: tf.Tensor } {
  const byHead = (x: tf.Tensor) => tf.transpose(x, [0, 2, 1, 3]);
  const heads = query.shape[2] as number;
  const repeat = (x: tf.Tensor) => {
    const [batch, keys, kvHeads, width] = x.shape as [number, number, number, number];
    const each = tf.reshape(byHead(x), [batch * kvHeads, 1, keys, width]);
    const tiled = tf.tile(each, [1, heads / kvHeads, 1, 1]);
    return tf.reshape(tiled, [batch, heads, keys, width]);
  };
  return { q: byHead(query), k: repeat(key), v: repeat(value) };
}

/** Attention head by head, with `bias` and `mask` added to the scores; queries that see nothing get zeros. */
export function plain(
  { query, key, value }: { query: tf.Tensor; key: tf.Tensor; value: tf.Tensor },
  mask: tf.Tensor,
  bias: tf.Tensor = tf.scalar(0),
): tf.Tensor {
  const { q, k, v } = byHeads(query, key, value);
  const scores = tf.div(tf.matMul(q, k, false, true), Math.sqrt(query.shape[3] as number));
  const p = tf.mul(
    tf.softmax(tf.add(tf.add(scores, bias), mask)),
    tf.cast(tf.greater(mask, -1e8), 'float32'),
  );
  return tf.transpose(tf.matMul(p, v), [0, 2, 1, 3]);
}

/** `[batch, 1, tokens, keys]`: 0 where `sees` says so, else a number that hides. */
export function maskOf(
  { batch, tokens, keys }: Shape,
  sees: (row: number, query: number, key: number) => boolean,
): tf.Tensor {
  const mask = Array.from({ length: batch * tokens * keys }, (_, i) => {
    const [row, query, key] = [Math.floor(i / keys / tokens), Math.floor(i / keys) % tokens, i % keys]; // prettier-ignore
    return sees(row, query, key) ? 0 : -1e9;
  });
  return tf.tensor(Float32Array.from(mask), [batch, 1, tokens, keys]);
}

/** Queries, keys and values of a shape. */
export function inputsOf({ batch, heads, kvHeads, tokens, keys, headDim }: Shape, spread = 2) {
  return {
    query: numbers([batch, tokens, heads, headDim], 1, spread),
    key: numbers([batch, keys, kvHeads, headDim], 2, 2),
    value: numbers([batch, keys, kvHeads, headDim], 3),
  };
}
