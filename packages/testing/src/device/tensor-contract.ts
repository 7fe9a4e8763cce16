import { tf, tfjsCpuDevice } from '@tunesmith/runtime';
import type { Device, TensorFunction } from '@tunesmith/runtime';
import { expect, it } from 'vitest';
import { float32, floats, integers } from './tensors.ts';

/** Declares the tests of what `Device` promises of tensors that it keeps. */
export function testTensors(device: () => Device): void {
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

  it('keeps a value that was read when the tensor is disposed and more is computed', async () => {
    const add = device().jit('add', ({ x }) => ({ y: tf.add(x as tf.Tensor, 1) }));
    const first = (await add({ x: float32([2], [1, 2]) })).y!;
    const { data } = await device().read(first);
    first.dispose();
    (await add({ x: float32([2], [10, 20]) })).y!.dispose();
    await add({ x: float32([2], [100, 200]) });
    expect(Array.from(data)).toEqual([2, 3]);
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
}
