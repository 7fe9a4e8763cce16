import { beforeAll, expect, test } from 'vitest';
import { golden } from '../../../test-support/fixtures.ts';
import { readSafetensors } from '../../node/safetensors.ts';
import { encodeBlocks } from './encode.ts';

let tensors: Awaited<ReturnType<typeof readSafetensors>>['tensors'];
beforeAll(async () => {
  ({ tensors } = await readSafetensors(golden('gguf/quantized.safetensors')));
});

test.each(['F16', 'BF16', 'Q8_0', 'Q4_0'] as const)('%s has the very bytes of gguf-py', (type) => {
  const bytes = encodeBlocks[type](tensors['values']!.data as Float32Array);
  expect(bytes).toEqual(tensors[type]!.data);
});

test('F32 is the values themselves', () => {
  const values = Float32Array.of(1, -0, 2 ** -140);
  expect(encodeBlocks.F32(values)).toEqual(new Uint8Array(values.buffer));
});
