import { constant, tf } from '@tunesmith/runtime';
import { CONTRIB, float, node } from '../graph-nodes.ts';
import type { PairedTable } from './table.ts';

/** One node; the table is a constant that all layers share. */
export function rotate(
  x: tf.Tensor,
  positions: tf.Tensor,
  table: PairedTable,
  direction: 1 | -1,
): tf.Tensor {
  const [batch, tokens, heads, headDim] = x.shape as [number, number, number, number];
  const rows = tf.reshape(x, [batch, tokens, heads * headDim]);
  const rotated = 2 * (table.cos.shape[1] as number);
  const ids = node(
    'Cast',
    [positions],
    { shape: positions.shape, dtype: 'int32', element: 'int64' },
    { attributes: { to: 7 } },
  );
  const sin = direction === 1 ? table.sin : table.negativeSin;
  const inputs = [rows, ids, constant(table.cos), constant(sin)];
  const y = node('RotaryEmbedding', inputs, float(rows.shape), {
    domain: CONTRIB,
    attributes: {
      ...(rotated === headDim ? {} : { rotary_embedding_dim: rotated, num_heads: heads }),
      ...(table.pairs === 'adjacent' ? { interleaved: 1 } : {}),
    },
  });
  return tf.reshape(y, x.shape);
}
