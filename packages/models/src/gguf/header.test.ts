import { memoryFiles } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { ggufBytes, type GgufParts } from '../../test-support/gguf-bytes.ts';
import { openGguf, type GgufFile } from './open.ts';

const open = (bytes: Uint8Array): Promise<GgufFile> =>
  openGguf(memoryFiles({ 'a.gguf': bytes }), 'a.gguf');
const opened = (parts: GgufParts = {}): Promise<GgufFile> => open(ggufBytes(parts));

const tensor = { name: 'a', sizes: [4, 2], type: 0, offset: 0 };

test('metadata, sizes the other way round, and the place of the data after the header', async () => {
  const { version, metadata, tensors } = await opened({ tensors: [tensor], data: 32 });
  expect(version).toBe(3);
  expect(metadata.get('general.architecture')).toBe('llama');
  const found = tensors.get('a')!;
  expect(found).toMatchObject({ shape: [2, 4], bytes: 32 });
  expect(found.begin % 32).toBe(0);
});

test('values of 64 bits are numbers where these are exact, and arrays are typed', async () => {
  const { metadata } = await opened({
    values: [
      ['small', 10, 12n],
      ['large', 10, 2n ** 63n],
      ['list', 9, { type: 5, values: [-1, 2] }],
      ['texts', 9, { type: 8, values: ['x', 'ÿ'] }],
    ],
  });
  expect(metadata.get('small')).toBe(12);
  expect(metadata.get('large')).toBe(2n ** 63n);
  expect(metadata.get('list')).toEqual(Int32Array.of(-1, 2));
  expect(metadata.get('texts')).toEqual(['x', 'ÿ']);
});

test('version 2 is read; version 1 and big-endian files are refused', async () => {
  expect((await opened({ version: 2 })).version).toBe(2);
  await expect(opened({ version: 1 })).rejects.toThrow('is of version 1');
  await expect(opened({ version: 3 << 24 })).rejects.toThrow('the file is big-endian');
});

test('a file of another kind is told by its first bytes', async () => {
  await expect(open(new TextEncoder().encode('PK\x03\x04 and more of that kind'))).rejects.toThrow(
    'memory:a.gguf: the file begins with 0x04034b50, and no GGUF file does',
  );
  await expect(open(new TextEncoder().encode('abc'))).rejects.toThrow(
    'memory:a.gguf: the file has 3 bytes, and no GGUF file is so short',
  );
});

test('a file that ends anywhere in its header or its data is cut off', async () => {
  const whole = ggufBytes({ tensors: [tensor], data: 32 });
  for (let length = 4; length < whole.length; length++)
    await expect(open(whole.slice(0, length)), `${length} bytes`).rejects.toThrow(
      'the file is cut off',
    );
});

test.each<[string, GgufParts, string]>([
  [
    'a tensor twice',
    { tensors: [tensor, { ...tensor, offset: 32 }], data: 64 },
    'tensor "a" appears twice',
  ],
  [
    'tensors one over the other',
    { tensors: [tensor, { ...tensor, name: 'b' }], data: 64 },
    'tensor "b" overlaps tensor "a"',
  ],
  [
    'a place that is not aligned',
    { tensors: [{ ...tensor, offset: 8 }], data: 64 },
    'begins at byte 8 of the data, no multiple of 32',
  ],
  [
    'a place beyond the end',
    { tensors: [{ ...tensor, offset: 2 ** 40 }], data: 64 },
    'tensor "a" ends at byte',
  ],
  [
    'a block type that is not known',
    { tensors: [{ ...tensor, type: 4 }], data: 64 },
    'tensor "a" has the block type 4, which is not known',
  ],
  [
    'five dimensions',
    { tensors: [{ ...tensor, sizes: [1, 1, 1, 1, 1] }], data: 64 },
    'tensor "a" has 5 dimensions',
  ],
  [
    'a size of nothing',
    { tensors: [{ ...tensor, sizes: [4, 0] }], data: 64 },
    'tensor "a" has a size of 0',
  ],
  [
    'sizes beyond all numbers',
    { tensors: [{ ...tensor, sizes: [2 ** 40, 2 ** 40] }], data: 64 },
    'tensor "a" has the sizes',
  ],
  [
    'a row that blocks do not divide',
    { tensors: [{ ...tensor, type: 2 }], data: 64 },
    'tensor "a" has rows of 4 values, and Q4_0 stores 32 at a time',
  ],
  [
    'a key twice',
    { values: [['general.architecture', 8, 'llama']] },
    'the metadata has "general.architecture" twice',
  ],
  ['a value of no type', { values: [['x', 99, 0]] }, '"x" is of type 99'],
  [
    'an alignment that is no power of two',
    { values: [['general.alignment', 4, 24]] },
    '"general.alignment" is 24, and no power of two',
  ],
])('%s is refused by name', async (_, parts, message) => {
  await expect(opened(parts)).rejects.toThrow(message);
});

test.each<[string, Uint8Array]>([
  ['tensors', ggufBytes({ claims: { tensors: 2n ** 60n } })],
  ['values', ggufBytes({ claims: { values: 2n ** 40n } })],
  [
    'elements of an array',
    ggufBytes({ values: [['x', 9, { type: 4, values: [1], claim: 2n ** 50n }]] }),
  ],
  [
    'texts of an array',
    ggufBytes({ values: [['x', 9, { type: 8, values: ['a'], claim: 2n ** 31n }]] }),
  ],
  ['bytes of a text', ggufBytes({ values: [['x', 8, 'a', 2n ** 45n]] })],
])(
  'a file that claims more %s than it has is refused before anything is allocated for them',
  async (_, bytes) => {
    const before = process.memoryUsage().rss;
    await expect(open(bytes)).rejects.toThrow(/memory:a\.gguf: /);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 26);
  },
);
