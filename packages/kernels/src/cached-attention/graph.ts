import { int64Constant, record, tf } from '@tunesmith/runtime';
import { CONTRIB, float, node } from '../graph-nodes.ts';
import type { CachedAttentionInputs } from './index.ts';

/** Heads are a multiple of so many numbers wide. */
const multiple = 8;

/**
 * One node. It joins the cache and the new tokens in memory that it gives back at once; outputs of a session would be copied on
 * their way to JavaScript. Heads of another width than it takes get zeros behind their numbers.
 */
export function forward(inputs: CachedAttentionInputs): tf.Tensor {
  const { filled, window, softCap, scale } = inputs;
  const headDim = inputs.query.shape[3] as number;
  const width = Math.ceil(headDim / multiple) * multiple;
  const [query, key, value, pastKey, pastValue] = (
    ['query', 'key', 'value', 'pastKey', 'pastValue'] as const
  ).map((name) => widened(inputs[name], width)) as Five;
  const [batch, tokens, heads] = query.shape as [number, number, number];
  const kvHeads = key.shape[2] as number;
  const rows = (x: tf.Tensor, of: number): tf.Tensor => tf.reshape(x, [batch, tokens, of * width]);
  const longest = node('ReduceMax', [filled, int64Constant([0])], { shape: [1], dtype: 'int32' });
  const present = float(pastKey.shape);
  const [context] = record({
    op: 'GroupQueryAttention',
    domain: CONTRIB,
    inputs: [
      rows(query, heads),
      rows(key, kvHeads),
      rows(value, kvHeads),
      pastKey,
      pastValue,
      tf.sub(filled, tf.scalar(1, 'int32')),
      longest,
    ],
    outputs: [float([batch, tokens, heads * width]), present, present],
    attributes: {
      num_heads: heads,
      kv_num_heads: kvHeads,
      scale: { float: scale! },
      ...(window === undefined ? {} : { local_window_size: window }),
      ...(softCap === undefined ? {} : { softcap: { float: softCap } }),
    },
  });
  const byHead = tf.reshape(context!, query.shape);
  return width === headDim
    ? byHead
    : tf.slice(byHead, [0, 0, 0, 0], [batch, tokens, heads, headDim]);
}

type Five = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];

function widened(x: tf.Tensor, width: number): tf.Tensor {
  const more = width - (x.shape[3] as number);
  if (more === 0) return x;
  return tf.pad(x, [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, more],
  ]);
}
