import { expect, test } from 'vitest';
import { blockRows } from './block-rows.ts';
import { encodeBlocks } from './encode.ts';
import { decodeQ4K } from './k.ts';
import { decodeQ40, decodeQ41, decodeQ80 } from './plain.ts';
import type { WeightBlocks } from '../../weights/store.ts';

const [out, width] = [3, 512];
const values = Float32Array.from(
  { length: out * width },
  (_, i) => Math.sin(i * i) * (1 + (i % 7)),
);

/** The numbers that blocks stand for, row after row. */
function numbersOf({ bits, codes, scales, least }: WeightBlocks): number[] {
  return Array.from({ length: out * width }, (_, i) => {
    const code = bits === 8 ? codes[i]! : (codes[i >> 1]! >> (4 * (i & 1))) & 15;
    const [row, block] = [Math.floor(i / width), Math.floor((i % width) / 32)];
    const added = least?.[block * out + row] ?? 0;
    return scales[(row * width) / 32 + block]! * (code - 2 ** (bits - 1)) + added;
  });
}

/** Blocks of Q4_1: a scale of 0.5 and a least value of −3 as float16, and any codes. */
const q41 = Uint8Array.from({ length: (out * width * 20) / 32 }, (_, i) => {
  const head = [0x00, 0x38, 0x00, 0xc2];
  return head[i % 20] ?? (i * 37) % 256;
});

/** Blocks of Q4_K: d 0.5 and dmin 0.25 as float16, and any scales, leasts and codes. */
const q4k = Uint8Array.from({ length: (out * width * 144) / 256 }, (_, i) => {
  const head = [0x00, 0x38, 0x00, 0x34];
  return head[i % 144] ?? (i * 37 + (i >> 3)) % 256;
});

const cases = [
  { encoding: 'q8_0', bytes: encodeBlocks.Q8_0(values), decode: decodeQ80 },
  { encoding: 'q4_0', bytes: encodeBlocks.Q4_0(values), decode: decodeQ40 },
  { encoding: 'q4_1', bytes: q41, decode: decodeQ41 },
  { encoding: 'q4_k', bytes: q4k, decode: decodeQ4K },
];

test.each(cases)(
  '$encoding stands for the same numbers as in the file',
  ({ encoding, bytes, decode }) => {
    const wanted = new Float32Array(out * width);
    decode(bytes, wanted);
    const found = numbersOf(blockRows(encoding, bytes, [out, width])!);
    for (const [i, number] of found.entries()) expect(number).toBeCloseTo(wanted[i]!, 5);
  },
);

test.each(cases)('rows of $encoding come in the order that is asked for', ({ encoding, bytes }) => {
  const plain = numbersOf(blockRows(encoding, bytes, [out, width])!);
  const turned = numbersOf(blockRows(encoding, bytes, [out, width], Uint32Array.of(2, 0, 1))!);
  expect(turned).toEqual([...plain.slice(2 * width), ...plain.slice(0, 2 * width)]);
});

test('other encodings have no such blocks', () => {
  expect(blockRows('q6_k', new Uint8Array(210), [1, 256])).toBeUndefined();
});
