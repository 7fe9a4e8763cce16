import { expect, test } from 'vitest';
import type { HostTensor } from '../tensor.ts';
import { tf } from '../tf.ts';
import { probeWebgpu } from './probe-webgpu.ts';
import { openWebgpuDevice } from './webgpu.ts';

const vector = (...values: number[]): HostTensor => ({
  shape: [values.length],
  dtype: 'float32',
  data: Float32Array.from(values),
});

test('where there is no graphics card, the probe says so and what would help', async (context) => {
  const availability = await probeWebgpu();
  if (availability.available) return context.skip('a graphics card is available');
  expect(availability.reason).toMatch(/no Vulkan driver is installed|WebGPU|ended its process/);
  if (process.platform === 'linux') expect(availability.remedy).toMatch(/driver/);
});

test('where Vulkan opens an adapter, the probe names it', async (context) => {
  const availability = await probeWebgpu();
  if (!availability.available) return context.skip(availability.reason);
  if (process.platform !== 'linux') return context.skip('other systems have no Vulkan loader');
  expect(availability.about).toMatch(/^\w.*[^"]$/);
});

test('tensors stay on the card from call to call, and outlive the function that made them', async (context) => {
  const availability = await probeWebgpu();
  if (!availability.available) return context.skip(availability.reason);
  const device = await openWebgpuDevice({ threads: 1 });
  const next = device.jit('next', ({ x }) => ({ y: tf.add(x as tf.Tensor, 1) }));
  const given = vector(1, 2);
  const x = device.upload(given);
  const { y } = await next({ x });
  const { y: z } = await next({ x: y! });
  await next.dispose();
  x.dispose();
  y!.dispose();
  expect(Array.from((await device.read(z!)).data)).toEqual([3, 4]);
  expect(Array.from(given.data)).toEqual([1, 2]);
  await device.close();
});

test('what is not a number stays so in relu, which WebGPU itself would make zero', async (context) => {
  const availability = await probeWebgpu();
  if (!availability.available) return context.skip(availability.reason);
  const device = await openWebgpuDevice({ threads: 1 });
  const relu = device.jit('relu', ({ x }) => ({ y: tf.relu(x as tf.Tensor) }));
  const { y } = await relu({ x: vector(-1, Number.NaN, 2) });
  expect(Array.from((await device.read(y!)).data)).toEqual([0, Number.NaN, 2]);
  await device.close();
});

test('integers of one byte with a sign are refused: there are no buffers for them', async (context) => {
  const availability = await probeWebgpu();
  if (!availability.available) return context.skip(availability.reason);
  const device = await openWebgpuDevice({ threads: 1 });
  const integers: HostTensor = { shape: [2], dtype: 'int8', data: Int8Array.of(-1, 1) };
  expect(() => device.upload(integers)).toThrow(/webgpu keeps no int8 tensors.*accepted: float32/);
  await device.close();
});
