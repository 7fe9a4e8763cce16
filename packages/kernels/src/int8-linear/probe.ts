import type { Device } from '@tunesmith/runtime';
import { int8Linear } from './index.ts';

const known = new WeakMap<Device, Promise<number>>();

/**
 * The largest integer that weights of {@link int8Linear} may hold on a device: 127, or 63 where the processor adds two products of
 * bytes in 16 bits and cuts them off (AVX2 without VNNI). Found by a product of extremes, once a device.
 */
export function largestWeight(device: Device): Promise<number> {
  const found = known.get(device) ?? probe(device);
  known.set(device, found);
  return found;
}

async function probe(device: Device): Promise<number> {
  const size = 64;
  const product = device.jit('kernels.probe-integers', ({ x, integers, scale }) => ({
    y: int8Linear(x!, { forward: { integers: integers!, scale: scale! } }),
  }));
  const { y } = await product({
    x: { shape: [size, size], dtype: 'float32', data: new Float32Array(size * size).fill(1) },
    integers: { shape: [size, size], dtype: 'int8', data: new Int8Array(size * size).fill(127) },
    scale: { shape: [size], dtype: 'float32', data: new Float32Array(size).fill(1) },
  });
  const { data } = await device.read(y!);
  y!.dispose();
  return data.every((value) => Math.abs(value / (size * 127) - 1) < 1e-4) ? 127 : 63;
}
