import { tf } from '@tunesmith/runtime';
import { cpuDevice } from '@tunesmith/runtime/node';
import { configuration } from './job.ts';

/**
 * The machine's limit for matrix products of this model's shapes, in floating-point operations a second: the best of
 * several runs of chained products `[512, 576] · [576, 1536] · [1536, 576] · …` and nothing else.
 */
export async function measureProductLimit(threads: number): Promise<number> {
  const device = await cpuDevice.open({ threads });
  const { hidden_size: width, intermediate_size: inner } = configuration;
  const rows = 512;
  const chain = 20;
  const random = (shape: number[]) => {
    const data = Float32Array.from(
      { length: shape[0]! * shape[1]! },
      (_, i) => (((i * 7919) % 1000) / 1000 - 0.5) * 0.05,
    );
    return device.upload({ dtype: 'float32', shape, data });
  };
  const feeds = {
    x: random([rows, width]),
    up: random([width, inner]),
    down: random([inner, width]),
  };
  const products = device.jit('bench.products', ({ x, up, down }) => {
    let y = x!;
    for (let i = 0; i < chain; i++)
      y = tf.matMul(tf.matMul(y as tf.Tensor2D, up as tf.Tensor2D), down as tf.Tensor2D);
    return { y };
  });
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 8; run++) {
    const start = performance.now();
    const { y } = await products(feeds);
    best = Math.min(best, (performance.now() - start) / 1000);
    y?.dispose();
  }
  await device.close();
  return (chain * 2 * 2 * rows * width * inner) / best;
}
