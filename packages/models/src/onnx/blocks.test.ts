import { expect, test } from 'vitest';
import { encodeBlockRows } from './blocks.ts';

test('with 8 bits the largest magnitude of a block is 127 steps from the middle', () => {
  const row = Float32Array.from({ length: 32 }, (_, i) => (i === 3 ? -2.54 : i / 100));
  const { codes, scales } = encodeBlockRows(row, 32, 8);
  expect(scales[0]).toBeCloseTo(0.02, 6);
  expect(codes[3]).toBe(1);
  // 0.02 is one step of 0.02, 0.06 three, 0.3 fifteen.
  expect([codes[0], codes[2], codes[6], codes[30]]).toEqual([128, 129, 131, 143]);
});

test('with 4 bits two values share a byte, the first in its lower half', () => {
  const row = Float32Array.from({ length: 32 }, (_, i) => [8, -1, 0, 3][i % 4]!);
  const { codes, scales } = encodeBlockRows(row, 32, 4);
  expect(scales[0]).toBe(-1);
  // 8 becomes −8 steps of −1, that is code 0; −1 becomes code 9, 0 code 8, 3 code 5.
  expect(Array.from(codes.slice(0, 2))).toEqual([0x90, 0x58]);
});

test('a row that blocks do not divide is filled up with zeros', () => {
  const { codes, scales } = encodeBlockRows(Float32Array.of(1, 2, 3, 4), 2, 8);
  expect(scales).toHaveLength(2);
  expect(Array.from(codes.slice(32, 35))).toEqual([128 + 95, 255, 128]);
});

test('a block of zeros has the scale 0', () => {
  const { codes, scales } = encodeBlockRows(new Float32Array(32), 32, 4);
  expect(Math.abs(scales[0]!)).toBe(0);
  expect(new Set(codes)).toEqual(new Set([0x88]));
});
