import { attention } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { AttentionPrefix } from '../hooks.ts';
import type { Scope } from './scope.ts';
import type { Visibility } from './visibility.ts';

/** Queries `[batch, tokens, heads, headDim]`, keys and values `[batch, keys, kvHeads, headDim]`. */
export interface HeadTensors {
  readonly query: tf.Tensor;
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
}

/** How an attention differs from `softmax(Q Kᵀ / √headDim) V`. */
export interface AttendOptions {
  /** Multiplies the scores; `1 / √headDim` if absent. */
  readonly scale?: number | undefined;
  /** Scores z become `cap · tanh(z / cap)`, before any bias. */
  readonly softCap?: number | undefined;
  /** Added to the scores, `[batch or 1, heads, tokens or 1, keys]`; may be trained. */
  readonly headBias?: tf.Tensor | undefined;
  /** Rate of the base's own dropout of the probabilities. */
  readonly dropout?: number | undefined;
}

/** The context of each head, `[batch, tokens, heads, headDim]`. */
export function attend(
  scope: Scope,
  heads: HeadTensors & { readonly prefix?: AttentionPrefix },
  visibility: Visibility,
  options: AttendOptions,
): tf.Tensor {
  const { scale, softCap, headBias, dropout = 0 } = options;
  if (softCap === undefined && headBias === undefined && !(scope.dropsOut && dropout > 0))
    return attention({ ...heads, ...visibility, scale });
  return composed(scope, heads, visibility, options);
}

/** The same step by step, with what the kernel does not have. */
function composed(
  scope: Scope,
  {
    query,
    key: ownKey,
    value: ownValue,
    prefix,
  }: HeadTensors & { readonly prefix?: AttentionPrefix },
  { bias, causal }: Visibility,
  { scale, softCap, headBias, dropout = 0 }: AttendOptions,
): tf.Tensor {
  const [batch, tokens, heads, headDim] = query.shape as [number, number, number, number];
  const key = prefix ? after(prefix.key, ownKey) : ownKey;
  const value = prefix ? after(prefix.value, ownValue) : ownValue;
  const [, keys, kvHeads] = key.shape as [number, number, number];
  const ahead = keys - (ownKey.shape[1] as number);
  const grouped = (x: tf.Tensor): tf.Tensor =>
    tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, kvHeads, -1, x.shape[3] as number]);
  const products = tf.matMul(grouped(query), grouped(key), false, true);
  let scores = tf.mul(
    tf.reshape(products, [batch, heads, tokens, keys]),
    scale ?? 1 / Math.sqrt(headDim),
  );
  if (softCap !== undefined) scores = tf.mul(tf.tanh(tf.div(scores, softCap)), softCap);
  const besides = (of: tf.Tensor): tf.Tensor =>
    ahead === 0
      ? of
      : tf.pad(of, [
          [0, 0],
          [0, 0],
          [0, 0],
          [ahead, 0],
        ]);
  if (headBias) scores = tf.add(scores, besides(headBias));
  if (bias) scores = tf.add(scores, besides(bias));
  if (causal && tokens > 1) {
    const order = tf.greater(
      tf.reshape(tf.range(0, keys, 1, 'int32'), [1, keys]),
      tf.reshape(tf.range(keys - tokens, keys, 1, 'int32'), [tokens, 1]),
    );
    scores = tf.add(
      scores,
      tf.reshape(tf.mul(tf.cast(order, 'float32'), -1e9), [1, 1, tokens, keys]),
    );
  }
  const probabilities = scope.dropout(tf.softmax(scores), dropout);
  const context = tf.matMul(tf.reshape(probabilities, [batch, kvHeads, -1, keys]), grouped(value));
  return tf.transpose(tf.reshape(context, [batch, heads, tokens, -1]), [0, 2, 1, 3]);
}

/** A prefix `[n, kvHeads, headDim]` before the keys (or values) of every row. */
function after(prefix: tf.Tensor, rest: tf.Tensor): tf.Tensor {
  return tf.concat(
    [tf.tile(tf.expandDims(prefix, 0), [rest.shape[0] as number, 1, 1, 1]), rest],
    1,
  );
}
