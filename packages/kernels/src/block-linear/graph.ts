import { tf } from '@tunesmith/runtime';
import { CONTRIB, float, node } from '../graph-nodes.ts';
import type { BlockMatrix } from './index.ts';

/** What `MatMulNBits` computes in: bytes. */
const INT8 = 4;

/** `x · matrixᵀ`. What is added to whole blocks is multiplied by the sums of their inputs, a product of a 32nd of the size. */
export function product(x: tf.Tensor, { codes, scales, least }: BlockMatrix): tf.Tensor {
  const [outputs, blocks, bytes] = codes.shape as [number, number, number];
  const lead = x.shape.slice(0, -1);
  const output = float([...lead, outputs]);
  const y = node('MatMulNBits', [x, codes, scales], output, {
    domain: CONTRIB,
    attributes: {
      K: x.shape.at(-1) as number,
      N: outputs,
      bits: bytes / 4,
      block_size: 32,
      accuracy_level: INT8,
    },
  });
  if (!least) return y;
  const sums = tf.sum(tf.reshape(x, [...lead, blocks, 32]), -1);
  return tf.add(y, node('MatMul', [sums, least], output));
}

/** Rows of bytes by index: other operations would take the whole table as float32. */
export function rows(codes: tf.Tensor, ids: tf.Tensor1D): tf.Tensor {
  const shape = [ids.size, ...codes.shape.slice(1)];
  return node('Gather', [codes, ids], { shape, dtype: 'int32', element: 'uint8' });
}
