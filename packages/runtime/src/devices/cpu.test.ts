import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { HostTensor } from '../tensor.ts';
import { tf } from '../tf.ts';
import { openCpuDevice } from './cpu.ts';

const vector = (...values: number[]): HostTensor => ({
  shape: [values.length],
  dtype: 'float32',
  data: Float32Array.from(values),
});

describe('the compiled device', async () => {
  const device = await openCpuDevice({ threads: 1 });
  afterAll(() => device.close());

  it('shares uploaded arrays instead of copying them', async () => {
    const host = vector(1, 2, 3);
    const tensor = device.upload(host);
    expect((await device.read(tensor)).data).toBe(host.data);
    await device.writeRows(tensor, 1, vector(9));
    expect(host.data[1]).toBe(9);
  });

  it('takes integers of one byte, and gives their numbers back', async () => {
    const signed = { shape: [4], dtype: 'int8', data: Int8Array.of(-128, -1, 0, 127) } as const;
    const unsigned = { shape: [4], dtype: 'uint8', data: Uint8Array.of(0, 1, 128, 255) } as const;
    const run = device.jit('sum', ({ a, b }) => ({
      y: tf.add(tf.cast(a as tf.Tensor, 'float32'), tf.cast(b as tf.Tensor, 'float32')),
    }));
    const handle = device.upload(signed);
    const { y } = await run({ a: handle, b: unsigned });
    expect((await device.read(y!)).data).toEqual(Float32Array.of(-128, 0, 128, 382));
    expect(await device.read(handle)).toEqual(signed);
  });

  it('refuses an array of another kind than the dtype', () => {
    const wrong = { shape: [1], dtype: 'int8', data: Uint8Array.of(1) } as const;
    expect(() => device.upload(wrong)).toThrow(
      /dtype int8 holds a Uint8Array.*Int8Array of length 1/,
    );
  });

  it('records a function once for each signature', async () => {
    let recordings = 0;
    const run = device.jit('count', ({ x }) => {
      recordings++;
      return { y: tf.neg(x as tf.Tensor) };
    });
    await run({ x: vector(1, 2) });
    await run({ x: vector(3, 4) });
    await run({ x: vector(1, 2, 3) });
    expect(recordings).toBe(2);
  });

  it('compiles once when two calls with one signature come at the same time', async () => {
    let recordings = 0;
    const run = device.jit('count', ({ x }) => {
      recordings++;
      return { y: tf.neg(x as tf.Tensor) };
    });
    await Promise.all([run({ x: vector(1) }), run({ x: vector(2) })]);
    expect(recordings).toBe(1);
  });

  it('writes outputs where disposed ones were', async () => {
    const run = device.jit('neg', ({ x }) => ({ y: tf.neg(x as tf.Tensor) }));
    const first = (await run({ x: vector(1, 2, 3, 4, 5) })).y!;
    const memory = (first as unknown as { array: Float32Array }).array;
    first.dispose();
    first.dispose();
    const second = (await run({ x: vector(5, 4, 3, 2, 1) })).y!;
    const third = (await run({ x: vector(0, 0, 0, 0, 1) })).y!;
    expect((second as unknown as { array: Float32Array }).array).toBe(memory);
    expect(Array.from((await device.read(second)).data)).toEqual([-5, -4, -3, -2, -1]);
    expect(Array.from((await device.read(third)).data)).toEqual([-0, -0, -0, -0, -1]);
  });

  it('feeds constants that are too large for the model, once for all graphs', async () => {
    const table = Float32Array.from({ length: 5000 }, (_, index) => index);
    const run = device.jit('table', ({ x }) => ({ y: tf.add(x as tf.Tensor, tf.tensor1d(table)) }));
    const { y } = await run({ x: { shape: [], dtype: 'float32', data: Float32Array.of(1) } });
    expect((await device.read(y!)).data[4999]).toBe(5000);
  });

  it('takes tensors made outside the function as constants, and gives them back', async () => {
    const outside = tf.tensor1d([10, 20]);
    const run = device.jit('outside', ({ x }) => ({ y: tf.add(x as tf.Tensor, outside) }));
    const { y } = await run({ x: vector(1, 2) });
    expect(Array.from((await device.read(y!)).data)).toEqual([11, 22]);
    expect(Array.from(outside.dataSync())).toEqual([10, 20]);
    outside.dispose();
  });

  it('says which index is out of range instead of counting from the end', async () => {
    const run = device.jit('gather', ({ x, i }) => ({
      y: tf.gather(x as tf.Tensor, i as tf.Tensor),
    }));
    const indices: HostTensor = { shape: [1], dtype: 'int32', data: Int32Array.of(-1) };
    await expect(run({ x: vector(1, 2), i: indices })).rejects.toThrow(
      /gather .*out of data bounds/s,
    );
  });

  describe('open axes', () => {
    const open = {
      feeds: { x: ['rows', 2] },
      lengths: [{ rows: 34 }, { rows: 46 }],
    };
    const rows = (...data: number[]): HostTensor => ({
      shape: [data.length / 2, 2],
      dtype: 'float32',
      data: Float32Array.from(data),
    });

    it('have one graph for all their lengths, with what is fixed inside it', async () => {
      let recorded = 0;
      const w = device.upload(rows(1, 2, 3, 4));
      const run = device.jit(
        'product',
        ({ x, w }) => {
          recorded++;
          const y = tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D);
          return { y, flat: tf.reshape(y, [y.size]) };
        },
        { open, fixed: { w } },
      );
      const one = await run({ x: rows(1, 1) });
      const three = await run({ x: rows(1, 0, 0, 1, 2, 2) });
      expect(recorded).toBe(open.lengths.length);
      expect(Array.from((await device.read(one['y']!)).data)).toEqual([4, 6]);
      expect(three['y']!.shape).toEqual([3, 2]);
      expect(three['flat']!.shape).toEqual([6]);
      expect(Array.from((await device.read(three['flat']!)).data)).toEqual([1, 2, 3, 4, 8, 12]);
    });

    it('are refused where a function does something else at another length', async () => {
      const run = device.jit('odd', ({ x }) => ({ y: tf.add(x!, (x!.shape[0] as number) ** 2) }), {
        open,
      });
      await expect(run({ x: rows(1, 1) })).rejects.toMatchObject({ code: 'lengths-matter' });
    });
  });

  it('gives the same bits in a fresh process', () => {
    const source = new URL('./test-support/print-bits.ts', import.meta.url).pathname;
    const run = (): string =>
      execFileSync(process.execPath, ['--import', 'tsx', '--conditions=tunesmith-source', source], {
        cwd: dirname(source),
        encoding: 'utf8',
      });
    const first = run();
    expect(first).toMatch(/^[0-9a-f]{64}\s*$/);
    expect(run()).toBe(first);
  });
});
