import { tf } from '@tunesmith/runtime';
import { attention } from '../attention/index.ts';
import type { CachedAttentionInputs } from './index.ts';

/** Attention over the cache's columns and, after them, the new tokens; positions tell what comes before what. */
export function forward({ wanted, ...inputs }: CachedAttentionInputs): tf.Tensor {
  const [, tokens, , headDim] = inputs.key.shape as [number, number, number, number];
  if (!wanted) return ofAll(inputs);
  const all = ofAll({ ...inputs, query: tf.tile(inputs.query, [1, tokens, 1, 1]) });
  return tf.reshape(
    tf.gather(tf.reshape(all, [-1, inputs.query.shape[2]! * headDim]), wanted as tf.Tensor1D),
    inputs.query.shape,
  );
}

function ofAll(inputs: CachedAttentionInputs): tf.Tensor {
  const { query, key, value, pastKey, pastValue, filled, window, softCap, scale } = inputs;
  const [batch, tokens] = query.shape as [number, number];
  const capacity = pastKey.shape[2] as number;
  const begun = tf.maximum(tf.sub(filled, tf.scalar(tokens, 'int32')), tf.scalar(0, 'int32'));
  const first = tf.reshape(begun, [batch, 1]);
  const columns = tf.reshape(tf.range(0, capacity, 1, 'int32'), [1, capacity]);
  const own = tf.add(first, tf.reshape(tf.range(0, tokens, 1, 'int32'), [1, tokens]));
  const ones = tf.fill([batch, tokens], 1, 'int32');
  const isPast = tf.cast(tf.less(tf.tile(columns, [batch, 1]), first), 'int32');
  const withPast = (past: tf.Tensor, x: tf.Tensor): tf.Tensor =>
    tf.concat([tf.transpose(past, [0, 2, 1, 3]), x], 1);
  return attention({
    query,
    key: withPast(pastKey, key),
    value: withPast(pastValue, value),
    sees: 'causal',
    window,
    softCap,
    scale,
    segmentIds: { query: ones, key: tf.concat([isPast, ones], 1) },
    positions: { query: own, key: tf.concat([tf.tile(columns, [batch, 1]), own], 1) },
  });
}
