import { expect, test } from 'vitest';
import { isPackable, packed, unpacked } from './packed.ts';

test('JSON comes back as it was, and arrays of numbers in it', () => {
  const value = {
    id: 'ä€😀\ud800',
    nested: [{ ids: Int32Array.of(5, -100, 7) }, null, true, -1.5, { empty: new Float64Array(0) }],
    bytes: Uint8Array.of(1, 2, 3),
  };
  expect(isPackable(value)).toBe(true);
  expect(unpacked(packed(value))).toEqual(value);
  expect(unpacked(packed('$array'))).toBe('$array');
  expect(packed(value).length % 8).toBe(0);
});

test.each([
  ['undefined', { a: undefined }],
  ['a hole', Array(2)],
  ['a number that JSON has not', [Number.NaN]],
  ['minus zero', -0],
  ['a large integer', 2n ** 60n],
  ['a date', { at: new Date(0) }],
  ['a map', new Map()],
  ['the key that stands for arrays', { $array: 1 }],
  ['a key that JSON reads otherwise', JSON.parse('{"__proto__": 1}')],
  ['a typed array of another kind', BigInt64Array.of(1n)],
])('%s does not come back as it was, and is said not to', (_, value: unknown) => {
  expect(isPackable(value)).toBe(false);
});
