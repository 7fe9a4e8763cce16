import { tf } from '@tunesmith/runtime';
import type { Device, DevicePlugin, TensorFunction } from '@tunesmith/runtime';
import { TunesmithError } from '@tunesmith/schema';
import { expect, it } from 'vitest';
import { expectClose } from './expect-close.ts';
import { float32, floats, int32 } from './tensors.ts';

/** Declares the tests of what `Device` promises of the functions that it calls. */
export function testCalls(plugin: DevicePlugin, device: () => Device): void {
  it('runs a function on uploaded and on host tensors, for every signature', async () => {
    const double = device().jit('double', ({ x }) => ({
      y: tf.add(x as tf.Tensor, x as tf.Tensor),
    }));
    const uploaded = device().upload(float32([2], [1, 2]));
    const { y } = await double({ x: uploaded });
    const { y: wider } = await double({ x: float32([3], [1, 2, 3]) });
    const { y: whole } = await double({ x: int32([1], [4]) });
    expect(Array.from((await device().read(y!)).data)).toEqual([2, 4]);
    expect(Array.from((await device().read(wider!)).data)).toEqual([2, 4, 6]);
    expect(await device().read(whole!)).toMatchObject({ dtype: 'int32', data: Int32Array.of(8) });
  });

  it('takes inputs that are the same in every call once', async () => {
    const w = floats([7, 5], -1, 1, 1);
    const fn: TensorFunction = ({ x, w: weight }) => {
      const y = tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D);
      return { y, back: tf.matMul(y, weight as tf.Tensor2D, false, true) };
    };
    const plain = device().jit('product', fn);
    const fixed = device().jit('product', fn, {
      repeated: true,
      fixed: { w: device().upload(w) },
    });
    for (const x of [floats([3, 7], -1, 1, 2), floats([3, 7], -1, 1, 3), floats([2, 7])]) {
      const [expected, actual] = [await plain({ x, w }), await fixed({ x })];
      for (const name of ['y', 'back']) {
        const logitsToKeep = await device().read(expected[name]!);
        expectClose(name, await device().read(actual[name]!), logitsToKeep, 1e-5);
      }
    }
  });

  it('brings only the outputs that are wanted', async () => {
    const both = device().jit('both', ({ x }) => ({
      sum: tf.add(x as tf.Tensor, 1),
      product: tf.mul(x as tf.Tensor, 3),
    }));
    const x = float32([2], [1, 2]);
    for (const wanted of [['product'], ['sum', 'product']]) {
      const outputs = await both({ x }, wanted);
      expect(Object.keys(outputs)).toEqual(wanted);
      expect(Array.from((await device().read(outputs['product']!)).data)).toEqual([3, 6]);
    }
    expect(await both({ x }, [])).toEqual({});
    await expect(both({ x }, ['produkt'])).rejects.toThrow(
      /no output of both named "produkt"; nearest: "product"/,
    );
  });

  it('refuses a call that gives what is fixed', async () => {
    const fixed = { x: device().upload(floats([2])) };
    const neg = device().jit('neg', ({ x }) => ({ y: tf.neg(x as tf.Tensor) }), { fixed });
    await expect(neg({ x: floats([2]) })).rejects.toThrow(/feed "x" of neg is fixed/);
  });

  it('feeds the outputs of one call to the next, with the earlier ones disposed', async () => {
    const step = device().jit('step', ({ w, g }) => ({
      w: tf.sub(w as tf.Tensor, tf.mul(g as tf.Tensor, 0.5)),
    }));
    let w = device().upload(float32([2], [8, 16]));
    for (let index = 0; index < 4; index++) {
      const next = await step({ w, g: float32([2], [1, 2]) });
      w.dispose();
      w = next.w!;
    }
    expect(Array.from((await device().read(w)).data)).toEqual([6, 12]);
  });

  it('returns inputs, constants and one tensor under two names as tensors of their own', async () => {
    const same = device().jit('same', ({ x }) => {
      const y = tf.neg(x as tf.Tensor);
      return {
        x: x as tf.Tensor,
        y,
        again: y,
        constant: tf.tensor1d([7, 8]),
        nothing: tf.zeros([0, 3]),
      };
    });
    const x = device().upload(float32([2], [1, 2]));
    const outputs = await same({ x });
    outputs.y!.dispose();
    x.dispose();
    expect(Array.from((await device().read(outputs.x!)).data)).toEqual([1, 2]);
    expect(Array.from((await device().read(outputs.again!)).data)).toEqual([-1, -2]);
    expect(Array.from((await device().read(outputs.constant!)).data)).toEqual([7, 8]);
    expect(await device().read(outputs.nothing!)).toMatchObject({
      shape: [0, 3],
      data: new Float32Array(0),
    });
  });

  it('lets a feed be disposed while the call is under way', async () => {
    const next = device().jit('next', ({ x }) => ({ y: tf.add(x as tf.Tensor, 1) }));
    const first = (await next({ x: float32([2], [1, 2]) })).y!;
    const second = next({ x: first });
    first.dispose();
    const third = next({ x: float32([2], [100, 200]) });
    expect(Array.from((await device().read((await second).y!)).data)).toEqual([3, 4]);
    expect(Array.from((await device().read((await third).y!)).data)).toEqual([101, 201]);
  });

  it('gives back what a function compiled, and says so to later calls', async () => {
    const next = device().jit('next', ({ x }) => ({ y: tf.add(x as tf.Tensor, 1) }));
    const underWay = next({ x: float32([2], [1, 2]) });
    await next.dispose();
    await next.dispose();
    const { y } = await underWay;
    await expect(next({ x: float32([2], [1, 2]) })).rejects.toThrow(/after it was disposed/);
    expect(Array.from((await device().read(y!)).data)).toEqual([2, 3]);
  });

  it('says that it was closed', async () => {
    const closed = await plugin.open({ threads: 1 });
    const neg = closed.jit('neg', ({ x }) => ({ y: tf.neg(x as tf.Tensor) }));
    await neg({ x: floats([2]) });
    await closed.close();
    await expect(neg({ x: floats([2]) })).rejects.toThrow(
      /neg was called after device .* was closed/,
    );
  });

  it('names the feed that a function missed', async () => {
    const add = device().jit('add', ({ x, bias }) => ({
      y: tf.add(x as tf.Tensor, bias as tf.Tensor),
    }));
    await expect(add({ x: floats([2]) })).rejects.toThrow(/bias/);
  });

  it('passes on an error of the function, and compiles again afterwards', async () => {
    let fails = true;
    const flaky = device().jit('flaky', ({ x }) => {
      if (fails)
        throw new TunesmithError({
          package: '@tunesmith/testing',
          code: 'planted',
          message: 'planted',
        });
      return { y: tf.neg(x as tf.Tensor) };
    });
    await expect(flaky({ x: floats([2]) })).rejects.toThrow(/planted/);
    fails = false;
    expect((await flaky({ x: floats([2]) })).y!.shape).toEqual([2]);
  });
}
