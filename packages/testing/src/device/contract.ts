import { tf, tfjsCpuDevice, valueAndGradients } from '@tunesmith/runtime';
import type { Device, DevicePlugin, HostTensor, TensorFunction } from '@tunesmith/runtime';
import { TunesmithError } from '@tunesmith/schema';
import { expect, it } from 'vitest';
import { expectClose } from './expect-close.ts';
import { float32, floats, int32, integers } from './tensors.ts';

/** Declares the tests of what `Device` promises beside its kernels. */
export function testContract(
  plugin: DevicePlugin,
  device: () => Device,
  deterministic: boolean,
): void {
  it('returns what was uploaded', async () => {
    const host = floats([3, 5]);
    const tensor = device().upload(host);
    expect(await device().read(tensor)).toMatchObject({
      shape: [3, 5],
      dtype: 'float32',
      data: host.data,
    });
    tensor.dispose();
  });

  it('refuses an array that does not fill its shape', () => {
    expect(() =>
      device().upload({ shape: [2, 2], dtype: 'float32', data: new Float32Array(3) }),
    ).toThrow(/length 4/);
  });

  it('reads a late tensor by the time that its numbers are needed', async () => {
    const late = () => ({
      shape: [2, 2],
      dtype: 'float32' as const,
      read: async () => float32([2, 2], [1, 2, 3, 4]),
    });
    const product =
      (x: string): TensorFunction =>
      (feeds) => ({
        y: tf.matMul(feeds[x] as tf.Tensor2D, feeds['matrix'] as tf.Tensor2D),
      });
    const x = float32([1, 2], [1, 10]);
    const matrix = device().upload(late());
    const fixed = device().jit('late.fixed', product('x'), { repeated: true, fixed: { matrix } });
    const fed = device().jit('late.fed', product('x'));
    for (const { y } of [await fixed({ x }), await fixed({ x }), await fed({ x, matrix })])
      expect(Array.from((await device().read(y!)).data)).toEqual([31, 42]);
    expect(Array.from((await device().read(matrix)).data)).toEqual([1, 2, 3, 4]);
    const rows = device().upload(late());
    await device().writeRows(rows, 1, float32([1, 2], [5, 6]));
    expect(Array.from((await device().read(rows)).data)).toEqual([1, 2, 5, 6]);
  });

  it('says so where a late tensor is not what was announced', async () => {
    const matrix = device().upload({
      shape: [2],
      dtype: 'float32',
      read: async () => float32([3], [1, 2, 3]),
    });
    await expect(device().read(matrix)).rejects.toThrow(/length 3/);
  });

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

  it('keeps a value that was read when the tensor is disposed and more is computed', async () => {
    const add = device().jit('add', ({ x }) => ({ y: tf.add(x as tf.Tensor, 1) }));
    const first = (await add({ x: float32([2], [1, 2]) })).y!;
    const { data } = await device().read(first);
    first.dispose();
    (await add({ x: float32([2], [10, 20]) })).y!.dispose();
    await add({ x: float32([2], [100, 200]) });
    expect(Array.from(data)).toEqual([2, 3]);
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

  it('overwrites rows in place', async () => {
    const cache = device().upload(float32([3, 2], [0, 0, 0, 0, 0, 0]));
    await device().writeRows(cache, 1, float32([1, 2], [5, 6]));
    await device().writeRows(cache, 2, device().upload(float32([1, 2], [7, 8])));
    expect(Array.from((await device().read(cache)).data)).toEqual([0, 0, 5, 6, 7, 8]);
    const sum = device().jit('sum', ({ x }) => ({ y: tf.sum(x as tf.Tensor, 1) }));
    expect(Array.from((await device().read((await sum({ x: cache })).y!)).data)).toEqual([
      0, 11, 15,
    ]);
  });

  it('refuses rows that do not fit', async () => {
    const cache = device().upload(float32([3, 2], [0, 0, 0, 0, 0, 0]));
    await expect(device().writeRows(cache, 3, float32([1, 2], [5, 6]))).rejects.toThrow(
      /firstRow \+ n ≤ 3/,
    );
    await expect(device().writeRows(cache, 0, float32([1, 3], [5, 6, 7]))).rejects.toThrow(
      /\[n, 2\]/,
    );
    await expect(device().writeRows(cache, 0, integers([1, 2]))).rejects.toThrow(/float32 rows/);
  });

  it('refuses a disposed tensor and one of another device', async () => {
    const other = await tfjsCpuDevice.open();
    const foreign = other.upload(floats([2]));
    const gone = device().upload(floats([2]));
    gone.dispose();
    const neg = device().jit('neg', ({ x }) => ({ y: tf.neg(x as tf.Tensor) }));
    await expect(neg({ x: gone })).rejects.toThrow(/"x" of neg was disposed/);
    await expect(neg({ x: foreign })).rejects.toThrow(/is not a tensor of device/);
    await other.close();
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
