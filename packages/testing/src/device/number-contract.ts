import { tf, valueAndGradients } from '@tunesmith/runtime';
import type { Device } from '@tunesmith/runtime';
import { expect, it } from 'vitest';
import { float32, floats, int32, integers } from './tensors.ts';

/** Declares the tests of numbers that no kernel alone decides. */
export function testNumbers(device: () => Device, deterministic: boolean): void {
  it('gives zeros as the gradient of a parameter that the loss does not reach', async () => {
    const run = device().jit('gradients', ({ a, b }) => {
      const { gradients } = valueAndGradients(
        ({ a: p }) => ({ loss: tf.sum(tf.square(p as tf.Tensor)) as tf.Scalar }),
        { a: a!, b: b! },
      );
      return gradients as Record<string, tf.Tensor>;
    });
    const { a, b } = await run({ a: float32([2], [1, 3]), b: floats([3]) });
    expect(Array.from((await device().read(a!)).data)).toEqual([2, 6]);
    expect(Array.from((await device().read(b!)).data)).toEqual([0, 0, 0]);
  });

  it('adds all rows that meet in one place, however many threads add them', async () => {
    const count = 20_000;
    const add = device().jit('meet', ({ i, u }) => ({
      y: tf.scatterND(i as tf.Tensor, u as tf.Tensor, [5, 64]),
    }));
    const feeds = {
      i: int32(
        [count, 1],
        Array.from({ length: count }, (_, index) => index % 5),
      ),
      u: float32([count, 64], Array<number>(count * 64).fill(1)),
    };
    for (let index = 0; index < 10; index++) {
      const { data } = await device().read((await add(feeds)).y!);
      expect(new Set(data)).toEqual(new Set([count / 5]));
    }
  });

  it.skipIf(!deterministic)('gives the same bits for the same inputs, every time', async () => {
    const run = device().jit('bits', ({ x, i }) => {
      const { gradients } = valueAndGradients(
        ({ x: p }) => ({
          loss: tf.sum(
            tf.softmax(
              tf.matMul(tf.gather(p as tf.Tensor, i as tf.Tensor), p as tf.Tensor, false, true),
            ),
          ) as tf.Scalar,
        }),
        { x: x as tf.Tensor },
      );
      return gradients as Record<string, tf.Tensor>;
    });
    const feeds = { x: floats([97, 64]), i: integers([61], 0, 97) };
    const first = Array.from((await device().read((await run(feeds)).x!)).data);
    for (let index = 0; index < 5; index++) {
      expect(Array.from((await device().read((await run(feeds)).x!)).data)).toEqual(first);
    }
  });
}
