import { expect, test } from 'vitest';
import type { Ort } from '../graph/loader.ts';
import { openCpuDevice } from './cpu.ts';
import { aboutIntegers, probeIntegers } from './probe-integers.ts';

/** ONNX Runtime whose sessions answer with `sums`, as a processor would. */
function answering(sums: Int32Array): Ort {
  const run = async () => new Proxy({}, { get: () => ({ data: sums }) });
  class Tensor {}
  return {
    Tensor,
    InferenceSession: { create: async () => ({ run, release: async () => {} }) },
  } as unknown as Ort;
}

test('a processor whose sums are those of 64 products of 255 and 127 takes whole bytes', async () => {
  expect(await probeIntegers(answering(new Int32Array(64 * 64).fill(64 * 255 * 127)))).toBe(127);
});

test('a processor that cuts pairs of products off at 16 bits takes one bit less', async () => {
  expect(await probeIntegers(answering(new Int32Array(64 * 64).fill(32 * 32_767)))).toBe(63);
  // 64 · 255 · 63 stays below that.
  expect(2 * 255 * 63).toBeLessThan(32_767);
});

test('an open device says what was found, and so does the doctor', async () => {
  const device = await openCpuDevice({ threads: 1 });
  expect([63, 127]).toContain(device.largestByte);
  await device.close();
  expect(aboutIntegers(127)).toBe('products of bytes are exact');
  expect(aboutIntegers(63)).toContain('saturate: weights in int8 have 7 bits, up to 63');
});
