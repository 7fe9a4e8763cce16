import { describe, expect, test } from 'vitest';
import { tf, valueAndGradients } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device, HostTensor, TensorMap } from '@tunesmith/runtime';
import { DEVICES, expectClose, numbers } from '../test-support/kernel-cases.ts';
import { int8Linear, type Int8LinearMap, type Int8Matrix } from './index.ts';
import { quantizeColumns, quantizeColumnsTwice } from './quantize.ts';

/** A weight `[out, in]` as it is fed. */
function feedsOf(weight: HostTensor, largest = 127): WeightFeeds {
  const [output = 0, input = 0] = weight.shape;
  const data = weight.data as Float32Array;
  const forward = quantizeColumns(data, [input, output], { largest, transposed: true });
  const gradient = quantizeColumns(data, [output, input], { largest });
  return {
    integers: { dtype: 'int8', shape: [input, output], data: forward.integers },
    scale: { dtype: 'float32', shape: [output], data: forward.scale },
    gradientIntegers: { dtype: 'int8', shape: [output, input], data: gradient.integers },
    gradientScale: { dtype: 'float32', shape: [input], data: gradient.scale },
  };
}

/** A weight `[out, in]` as it is fed in integers of two bytes. */
function twoByteFeedsOf(weight: HostTensor, largest = 127): Record<string, HostTensor> {
  const [output = 0, input = 0] = weight.shape;
  const data = weight.data as Float32Array;
  const forward = quantizeColumnsTwice(data, [input, output], { largest, transposed: true });
  const gradient = quantizeColumnsTwice(data, [output, input], { largest });
  const bytes = (shape: number[], integers: Int8Array) =>
    ({ dtype: 'int8', shape, data: integers }) as const;
  const floats = (scale: Float32Array) =>
    ({ dtype: 'float32', shape: [scale.length], data: scale }) as const;
  return {
    ...feedsOf(weight, largest),
    low: bytes([input, output], forward.low.integers),
    lowScale: floats(forward.low.scale),
    gradientLow: bytes([output, input], gradient.low.integers),
    gradientLowScale: floats(gradient.low.scale),
  };
}

function mapOf(tensors: TensorMap): Int8LinearMap {
  return {
    forward: {
      integers: tensors['integers']!,
      scale: tensors['scale']!,
      ...lowOf(tensors, 'low'),
    },
    gradient: {
      integers: tensors['gradientIntegers']!,
      scale: tensors['gradientScale']!,
      ...lowOf(tensors, 'gradientLow'),
    },
    ...(tensors['smoothing'] ? { smoothing: tensors['smoothing'] } : {}),
  };
}

function lowOf(tensors: TensorMap, name: string): Pick<Int8Matrix, 'low'> {
  const integers = tensors[name];
  const scale = tensors[`${name}Scale`];
  return integers && scale ? { low: { integers, scale } } : {};
}

/** y, and dx for the cotangent c. */
async function run(
  device: Device,
  feeds: Record<string, HostTensor>,
): Promise<Record<'y' | 'dx', HostTensor>> {
  const step = device.jit('step', (tensors) => {
    const { outputs, gradients } = valueAndGradients(
      ({ x }) => {
        const y = int8Linear(x!, mapOf(tensors));
        return { loss: tf.sum(tf.mul(y, tensors['c']!)) as tf.Scalar, y };
      },
      { x: tensors['x']! },
    );
    return { y: outputs.y, dx: gradients['x']! };
  });
  const { y, dx } = await step(feeds);
  return { y: await device.read(y!), dx: await device.read(dx!) };
}

/** The documented formula in double precision: rounded rows times rounded columns, added up exactly. */
function formula(
  x: HostTensor,
  { integers, scale }: { integers: HostTensor; scale: HostTensor },
): Float32Array {
  const [input = 0, output = 0] = integers.shape;
  const rows = x.data.length / input;
  const y = new Float32Array(rows * output);
  for (let row = 0; row < rows; row++) {
    const values = Array.from(x.data.subarray(row * input, (row + 1) * input));
    const most = Math.max(...values.map(Math.abs), 1e-30);
    const step = Math.fround(most * Math.fround(1 / 127));
    const rounded = values.map((value) => {
      const quotient = Math.fround(value / step);
      return quotient + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;
    });
    for (let j = 0; j < output; j++) {
      const sum = rounded.reduce((total, q, k) => total + q * integers.data[k * output + j]!, 0);
      y[row * output + j] = (sum * scale.data[j]! * most) / 127;
    }
  }
  return y;
}

function relativeError(got: HostTensor, wanted: ArrayLike<number>): number {
  let error = 0;
  let size = 0;
  for (let i = 0; i < wanted.length; i++) {
    error += (got.data[i]! - wanted[i]!) ** 2;
    size += wanted[i]! ** 2;
  }
  return Math.sqrt(error / size);
}

const shapes = [
  [[1], 1, 1],
  [[5], 7, 3],
  [[2, 3], 48, 40],
  [[40], 130, 96],
] as const;

for (const name of DEVICES) {
  describe(`int8Linear on ${name}`, () => {
    for (const [leading, input, output] of shapes) {
      test(`multiplies ${input} to ${output} by the formula, forward and for the gradient`, async () => {
        const device = await openDevice(name);
        const x = numbers([...leading, input], 1, 3);
        const c = numbers([...leading, output], 2);
        const weight = feedsOf(numbers([output, input], 3));
        const { y, dx } = await run(device, { x, c, ...weight });
        await device.close();
        const { integers, scale, gradientIntegers, gradientScale } = weight;
        const wantedY = formula(x, { integers, scale });
        const wantedDx = formula(c, { integers: gradientIntegers, scale: gradientScale });
        expectClose(y, { ...y, data: wantedY }, 1e-6, 'y');
        expectClose(dx, { ...dx, data: wantedDx }, 1e-6, 'dx');
      });
    }

    test('stays within 1 % of the float32 product, and sees rows of zeros', async () => {
      const device = await openDevice(name);
      const weight = numbers([96, 256], 3);
      const x = numbers([32, 256], 1, 2);
      (x.data as Float32Array).fill(0, 0, 256);
      const c = numbers([32, 96], 2, 1e-6);
      const { y, dx } = await run(device, { x, c, ...feedsOf(weight) });
      await device.close();
      const w = tf.tensor2d(weight.data as Float32Array, [96, 256]);
      const exactY = tf.matMul(tf.tensor2d(x.data as Float32Array, [32, 256]), w, false, true);
      const exactDx = tf.matMul(tf.tensor2d(c.data as Float32Array, [32, 96]), w);
      expect(Array.from(y.data.subarray(0, 96))).toEqual(Array(96).fill(0));
      expect(relativeError(y, exactY.dataSync())).toBeLessThan(0.01);
      expect(relativeError(dx, exactDx.dataSync())).toBeLessThan(0.01);
    });

    test('in two bytes, stays within 0.02 % of the float32 product, channels of other sizes among them', async () => {
      const device = await openDevice(name);
      const weight = numbers([96, 256], 3);
      const x = numbers([32, 256], 1, 2);
      for (let row = 0; row < 32; row++) x.data[row * 256 + 5] = 20 * (row % 3);
      (x.data as Float32Array).fill(0, 0, 256);
      const c = numbers([32, 96], 2, 1e-6);
      const { y, dx } = await run(device, { x, c, ...twoByteFeedsOf(weight) });
      await device.close();
      const w = tf.tensor2d(weight.data as Float32Array, [96, 256]);
      const exactY = tf.matMul(tf.tensor2d(x.data as Float32Array, [32, 256]), w, false, true);
      const exactDx = tf.matMul(tf.tensor2d(c.data as Float32Array, [32, 96]), w);
      expect(Array.from(y.data.subarray(0, 96))).toEqual(Array(96).fill(0));
      expect(relativeError(y, exactY.dataSync())).toBeLessThan(2e-4);
      expect(relativeError(dx, exactDx.dataSync())).toBeLessThan(2e-4);
    });

    test('the gradient may be the product with the weight itself', async () => {
      const device = await openDevice(name);
      const weight = numbers([16, 64], 3);
      const { integers, scale } = feedsOf(weight);
      const c = numbers([8, 16], 2);
      const step = device.jit(
        'step',
        (tensors) =>
          valueAndGradients(
            ({ x }) => {
              const forward = { integers: tensors['integers']!, scale: tensors['scale']! };
              const y = int8Linear(x!, { forward, gradient: tensors['weight']! });
              return { loss: tf.sum(tf.mul(y, tensors['c']!)) as tf.Scalar };
            },
            { x: tensors['x']! },
          ).gradients,
      );
      const { x } = await step({ x: numbers([8, 64], 1), c, weight, integers, scale });
      const dx = await device.read(x!);
      await device.close();
      const wanted = tf.matMul(
        tf.tensor2d(c.data as Float32Array, [8, 16]),
        tf.tensor2d(weight.data as Float32Array, [16, 64]),
      );
      expectClose(dx, { ...dx, data: wanted.dataSync() as Float32Array }, 1e-6, 'dx');
    });

    test('smoothing keeps one large channel from taking the others away', async () => {
      const device = await openDevice(name);
      const weight = numbers([16, 64], 3);
      const x = numbers([8, 64], 1);
      for (let row = 0; row < 8; row++) x.data[row * 64 + 5] = 60;
      const c = numbers([8, 16], 2);
      const smooth = new Float32Array(64).fill(1);
      smooth[5] = 1 / 8;
      const smoothed = (weight.data as Float32Array).map((value, i) => value / smooth[i % 64]!);
      const exact = tf.matMul(
        tf.tensor2d(x.data as Float32Array, [8, 64]),
        tf.tensor2d(weight.data as Float32Array, [16, 64]),
        false,
        true,
      );
      const { integers, scale } = feedsOf({ ...weight, data: smoothed });
      const plain = await run(device, { x, c, ...feedsOf(weight) });
      const { y, dx } = await run(device, {
        x,
        c,
        ...feedsOf(weight),
        integers,
        scale,
        smoothing: { dtype: 'float32', shape: [64], data: smooth },
      });
      await device.close();
      expect(relativeError(y, exact.dataSync())).toBeLessThan(
        relativeError(plain.y, exact.dataSync()) / 2,
      );
      expect(dx).toEqual(plain.dx);
    });
  });
}

type WeightFeeds = Record<'integers' | 'scale' | 'gradientIntegers' | 'gradientScale', HostTensor>;

test('a gradient that was not placed is refused by name', async () => {
  const device = await openDevice('tfjs-cpu');
  const { integers, scale } = feedsOf(numbers([2, 3], 1));
  const step = device.jit(
    'step',
    (tensors) =>
      valueAndGradients(
        ({ x }) => ({
          loss: tf.sum(
            int8Linear(x!, {
              forward: { integers: tensors['integers']!, scale: tensors['scale']! },
            }),
          ) as tf.Scalar,
        }),
        { x: tensors['x']! },
      ).gradients,
  );
  await expect(step({ x: numbers([1, 3], 2), integers, scale })).rejects.toMatchObject({
    code: 'no-gradient',
  });
  await device.close();
});

test('columns are rounded to 8 bits by their own largest element, halves to even', () => {
  const matrix = Float32Array.of(127, 0, 2.5, 0, -63.5, 0);
  expect(quantizeColumns(matrix, [3, 2], { largest: 127 })).toEqual({
    integers: Int8Array.of(127, 0, 2, 0, -64, 0),
    scale: Float32Array.of(1, 1),
  });
  const transposed = Float32Array.of(127, 2.5, -63.5, 0, 0, 0);
  expect(quantizeColumns(transposed, [3, 2], { largest: 127, transposed: true })).toEqual(
    quantizeColumns(matrix, [3, 2], { largest: 127 }),
  );
});

test('two bytes hold a number to a 64516th of its column, whatever the largest integer is', () => {
  const weight = numbers([40, 6], 7).data as Float32Array;
  for (const [largest, transposed] of [
    [127, false],
    [63, true],
  ] as const) {
    const size = transposed ? ([6, 40] as const) : ([40, 6] as const);
    const { integers, scale, low } = quantizeColumnsTwice(weight, size, { largest, transposed });
    const [rows, columns] = size;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const at = i * columns + j;
        const held = integers[at]! * scale[j]! + low.integers[at]! * low.scale[j]!;
        const value = weight[transposed ? j * rows + i : at]!;
        expect(Math.abs(held - value)).toBeLessThan(scale[j]! * (0.51 / (2 * largest)));
        expect(Math.abs(low.integers[at]!)).toBeLessThanOrEqual(largest);
      }
    }
  }
});

test('what the device allows multiplies exactly on the compiled device', async () => {
  const device = await openDevice('cpu');
  const largest = device.largestByte!;
  const ones = { dtype: 'float32', shape: [4, 512], data: new Float32Array(2048).fill(1) } as const;
  const weight = {
    dtype: 'float32',
    shape: [8, 512],
    data: new Float32Array(4096).fill(1),
  } as const;
  const { y } = await run(device, { x: ones, c: numbers([4, 8], 1), ...feedsOf(weight, largest) });
  expect(relativeError(y, new Float32Array(32).fill(512))).toBeLessThan(1e-6);
  await device.close();
});
