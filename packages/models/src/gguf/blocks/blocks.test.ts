import { nodeFiles } from '@tunesmith/schema/node';
import { beforeAll, expect, test } from 'vitest';
import { golden } from '../../../test-support/fixtures.ts';
import { readWeights } from '../../node/safetensors.ts';
import { elementCount } from '../../safetensors/format.ts';
import { openGguf, type GgufFile } from '../open.ts';
import { decodedTypes } from './block-types.ts';

let file: GgufFile;
let expected: Awaited<ReturnType<typeof readWeights>>;
beforeAll(async () => {
  file = await openGguf(nodeFiles(golden('gguf')), 'blocks.gguf');
  expected = await readWeights(golden('gguf/blocks.expected.safetensors'));
});

test.each(decodedTypes)('%s is decoded to the very values of gguf-py', async (type) => {
  const tensor = file.tensors.get(type)!;
  const values = new Float32Array(elementCount(tensor.shape));
  await file.readInto(type, values);
  expect(tensor.type.name).toBe(type);
  expect(values).toEqual(expected[type]!.data);
});

test.each(decodedTypes)(
  '%s is decoded from the middle of a block as from its beginning',
  async (type) => {
    const piece = new Float32Array(300);
    await file.readInto(type, piece, 101);
    expect(piece).toEqual(expected[type]!.data.subarray(101, 401));
  },
);

test('more values than a tensor has are refused', async () => {
  await expect(file.readInto('Q4_K', new Float32Array(256), 700)).rejects.toThrow(
    'tensor "Q4_K" has 768 values, and the first 956 are asked for',
  );
});
