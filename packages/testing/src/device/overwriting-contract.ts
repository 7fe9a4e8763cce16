import { tf } from '@tunesmith/runtime';
import type { Device, HostTensor, TensorFunction } from '@tunesmith/runtime';
import { expect, it } from 'vitest';
import { expectClose } from './expect-close.ts';
import { float32, floats } from './tensors.ts';

/** Declares the tests of calls that write outputs over their feeds. */
export function testOverwriting(device: () => Device): void {
  it('takes steps that write what becomes of their feeds over these, to the same numbers', async () => {
    const step: TensorFunction = ({ w, m, g }) => {
      const moment = tf.add(tf.mul(m as tf.Tensor, 0.5), g as tf.Tensor);
      // The old weights are read once more, after the new ones are known.
      const next = tf.sub(w as tf.Tensor, tf.mul(moment, 0.25));
      return { w: next, m: moment, moved: tf.sum(tf.square(tf.sub(next, w as tf.Tensor))) };
    };
    const start = { w: floats([64, 3], -1, 1, 1), m: floats([64, 3], -1, 1, 2) };
    const run = async (overwrites: readonly string[]): Promise<HostTensor[]> => {
      const fn = device().jit('overwriting step', step, { overwrites });
      let [w, m] = [start.w, start.m].map((host) =>
        device().upload({ ...host, data: host.data.slice() }),
      );
      const found: HostTensor[] = [];
      for (let index = 0; index < 3; index++) {
        const outputs = await fn({ w: w!, m: m!, g: floats([64, 3], -1, 1, 3 + index) });
        found.push(await device().read(outputs['moved']!));
        [w, m] = [outputs['w'], outputs['m']];
      }
      return [...found, await device().read(w!), await device().read(m!)];
    };
    const apart = await run([]);
    (await run(['w', 'm'])).forEach((actual, index) =>
      expectClose(`value ${index}`, actual, apart[index]!, 1e-6),
    );
  });

  it('uses up the feeds that a call may overwrite, and those alone', async () => {
    const add = device().jit('overwriting sum', ({ a, b }) => ({ a: tf.add(a!, b!) }), {
      overwrites: ['a'],
    });
    const [a, b] = [float32([2], [1, 2]), float32([2], [10, 20])].map((host) =>
      device().upload(host),
    );
    const { a: sum } = await add({ a: a!, b: b! });
    expect(Array.from((await device().read(sum!)).data)).toEqual([11, 22]);
    expect(Array.from((await device().read(b!)).data)).toEqual([10, 20]);
    await expect(device().read(a!)).rejects.toThrow(/was disposed/);
  });

  it('leaves the feeds that it may overwrite where the call fails', async () => {
    const failing = device().jit(
      'failing',
      () => {
        throw new RangeError('planted');
      },
      { overwrites: ['a'] },
    );
    const a = device().upload(float32([2], [1, 2]));
    await expect(failing({ a })).rejects.toThrow(/planted/);
    expect(Array.from((await device().read(a)).data)).toEqual([1, 2]);
  });
}
