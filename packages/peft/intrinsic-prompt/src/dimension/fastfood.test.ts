import { describe, expect, it } from 'vitest';
import { valueAndGradients, tf } from '@tunesmith/runtime';
import type { HostTensor } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { initialTensors, transformed } from '../test-support/fastfood.ts';
import { fastfoodOnHost } from './fastfood.ts';
import { hadamard, hadamardInPlace } from './hadamard.ts';

const host = (data: readonly number[], ...shape: number[]): HostTensor => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from(data),
});

describe('the Hadamard transform', () => {
  it('is sums and differences', () => {
    // H₄ (1 2 3 4) by hand
    expect([...hadamardInPlace(Float64Array.of(1, 2, 3, 4))]).toEqual([10, -2, -4, 0]);
  });

  it.each([2, 64, 128, 8192])('of rows of %i numbers is the same in tensors', async (length) => {
    const rows = [0, 1].map((row) =>
      Float64Array.from({ length }, (_, i) => ((7 * i + 3 * row) % 11) - 5),
    );
    const device = await openDevice('cpu');
    const run = device.jit('hadamard', ({ x }) => ({ y: hadamard(x!) }));
    const { y } = await run({
      x: host(
        rows.flatMap((row) => [...row]),
        2,
        length,
      ),
    });
    const { data } = await device.read(y!);
    await device.close();
    expect([...data]).toEqual(rows.flatMap((row) => [...hadamardInPlace(row)]));
  });
});

describe('Fastfood', () => {
  it('keeps the length of its numbers, but for chance: columns have length 1', () => {
    const parts = initialTensors({ size: 5000, dimensions: 100 });
    for (const place of [0, 17, 99]) {
      const unit = Float64Array.from({ length: 100 }, (_, i) => (i === place ? 1 : 0));
      const moved = fastfoodOnHost(parts, unit, 5000);
      expect(moved).toHaveLength(5000);
      expect(Math.hypot(...moved)).toBeCloseTo(1, 1);
    }
  });

  it('is the same on a device as on the host, and has the gradient of a linear map', async () => {
    const size = 300;
    const parts = initialTensors({ size, dimensions: 20 });
    const z = Float32Array.from({ length: 20 }, (_, i) => Math.sin(i));
    const weights = Float32Array.from({ length: size }, (_, i) => Math.cos(i));
    const device = await openDevice('cpu');
    const run = device.jit('fastfood', ({ z: coordinates, w, ...frozen }) => {
      const y = transformed(frozen, coordinates!, size);
      const { gradients } = valueAndGradients(
        (inputs) => ({
          loss: tf.sum(tf.mul(transformed(frozen, inputs['z']!, size), w!)) as tf.Scalar,
        }),
        { z: coordinates! },
      );
      return { y, gradient: gradients['z']! };
    });
    const found = await run({ ...parts, z: host([...z], 20), w: host([...weights], size) });
    const [y, gradient] = [await device.read(found['y']!), await device.read(found['gradient']!)];
    await device.close();
    const expected = fastfoodOnHost(parts, z, size);
    for (const [i, value] of expected.entries()) expect(y.data[i]).toBeCloseTo(value, 5);
    for (let place = 0; place < 20; place += 1) {
      const unit = Float64Array.from({ length: 20 }, (_, i) => (i === place ? 1 : 0));
      const column = fastfoodOnHost(parts, unit, size);
      const slope = column.reduce((sum, value, i) => sum + value * weights[i]!, 0);
      expect(gradient.data[place]).toBeCloseTo(slope, 5);
    }
  });
});
