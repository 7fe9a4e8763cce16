/** Runs products, a softmax, a gather and their gradients on two threads and prints a digest of the bits of all results. */
import { createHash } from 'node:crypto';
import { valueAndGradients } from '../../gradients.ts';
import { tf } from '../../tf.ts';
import { openCpuDevice } from '../cpu.ts';

const device = await openCpuDevice({ threads: 2 });
const run = device.jit('bits', ({ table, ids }) => {
  const { outputs, gradients } = valueAndGradients(
    ({ table: t }) => {
      const rows = tf.gather(t as tf.Tensor, ids as tf.Tensor);
      const scores = tf.softmax(tf.matMul(rows, t as tf.Tensor, false, true));
      return { loss: tf.sum(tf.square(scores)) as tf.Scalar };
    },
    { table: table as tf.Tensor },
  );
  return { ...outputs, ...gradients };
});
const data = Float32Array.from({ length: 211 * 96 }, (_, index) => Math.sin(index));
const ids = Int32Array.from({ length: 301 }, (_, index) => (index * 37) % 211);
const results = await run({
  table: { shape: [211, 96], dtype: 'float32', data },
  ids: { shape: [301], dtype: 'int32', data: ids },
});
const digest = createHash('sha256');
for (const tensor of Object.values(results)) {
  const { data: values } = await device.read(tensor);
  digest.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}
process.stdout.write(`${digest.digest('hex')}\n`);
