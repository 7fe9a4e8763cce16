import { expect, test } from 'vitest';
import { packEncodings, unpackEncoding } from './encoding-block.ts';
import type { Encoding } from './encoding.ts';

const noticed = { notes: ['end-added'], controlTokens: { read: ['<s>'], written: [] } } as const;

test('examples go through bytes with their arrays, in lists and objects too', () => {
  const rows: Encoding[] = [
    {
      example: {
        id: 'é',
        truncated: 3,
        ids: Int32Array.of(5, -100, 7),
        teacher: [
          { probabilities: Float32Array.of(0.25, 0.75) },
          { bytes: Uint8Array.of(1, 2, 3) },
        ],
        ...noticed,
      } as Encoding['example'] & object,
    },
    { refusal: 'no system message' },
    {},
  ];
  const { bytes, offsets } = packEncodings(rows);
  const read = rows.map((_, i) => unpackEncoding(bytes.subarray(offsets[i], offsets[i + 1])));
  expect(read).toEqual(rows);
  expect([...offsets].every((offset) => offset % 8 === 0)).toBe(true);
});
