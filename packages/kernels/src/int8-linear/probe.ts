import { tf, type Device } from '@tunesmith/runtime';
import { int8Linear } from './index.ts';

/** Rows of the products that {@link productSpeedup} times: those of a short training row. */
const timedRows = 256;

/**
 * How many times as fast {@link int8Linear} is as a product in float32 on a device, for square weights of a width; the best of a few
 * runs of each, in turns. Rounding is part of it.
 */
export async function productSpeedup(device: Device, width: number): Promise<number> {
  const float = (size: number, fill: number) => new Float32Array(size).fill(fill);
  const x = {
    shape: [timedRows, width],
    dtype: 'float32',
    data: float(timedRows * width, 1),
  } as const;
  const matrix = device.upload({
    shape: [width, width],
    dtype: 'float32',
    data: float(width * width, 0.5),
  });
  const integers = device.upload({
    shape: [width, width],
    dtype: 'int8',
    data: new Int8Array(width * width).fill(64),
  });
  const scale = device.upload({ shape: [width], dtype: 'float32', data: float(width, 1) });
  const options = { repeated: true };
  const inFloats = device.jit(
    'kernels.time-floats',
    (tensors) => ({ y: tf.matMul(tensors['x']!, tensors['matrix']!) }),
    { ...options, fixed: { matrix } },
  );
  const inIntegers = device.jit(
    'kernels.time-integers',
    (tensors) => ({
      y: int8Linear(tensors['x']!, {
        forward: { integers: tensors['integers']!, scale: tensors['scale']! },
      }),
    }),
    { ...options, fixed: { integers, scale } },
  );
  const best = { floats: Infinity, integers: Infinity };
  for (let run = 0; run < 6; run++) {
    for (const [name, product] of [
      ['floats', inFloats],
      ['integers', inIntegers],
    ] as const) {
      const start = performance.now();
      const { y } = await product({ x });
      best[name] = Math.min(best[name], performance.now() - start);
      y!.dispose();
    }
  }
  await Promise.all([inFloats.dispose(), inIntegers.dispose()]);
  for (const tensor of [matrix, integers, scale]) tensor.dispose();
  return best.floats / best.integers;
}
