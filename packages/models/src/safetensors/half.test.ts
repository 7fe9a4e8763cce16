import { describe, expect, test } from 'vitest';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
  roundToHalf,
} from './half.ts';

/** Values and their nearest bits as torch 2.13 rounds them. */
const float16Cases: [value: number, bits: number][] = [
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [0.1, 0x2e66],
  [65504, 0x7bff],
  [65519, 0x7bff],
  [65520, 0x7c00],
  [-1e9, 0xfc00],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [1.5 * 2 ** -24, 0x0002],
  [2 ** -14, 0x0400],
  [2 ** -14 - 2 ** -26, 0x0400],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [Number.POSITIVE_INFINITY, 0x7c00],
];

const bfloat16Cases: [value: number, bits: number][] = [
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3f80],
  [0.1, 0x3dcd],
  [1 + 2 ** -8, 0x3f80],
  [1 + 3 * 2 ** -8, 0x3f82],
  [3.4e38, 0x7f80],
  [Number.NEGATIVE_INFINITY, 0xff80],
];

describe('narrowing rounds to the nearest, ties to even', () => {
  test.for(float16Cases)('float16 of %d is %i', ([value, bits]) => {
    expect(float32ToFloat16(Float32Array.of(value))[0]).toBe(bits);
  });
  test.for(bfloat16Cases)('bfloat16 of %d is %i', ([value, bits]) => {
    expect(float32ToBfloat16(Float32Array.of(value))[0]).toBe(bits);
  });
  test('NaN stays NaN', () => {
    expect(roundToHalf(Number.NaN, 'float16')).toBeNaN();
    expect(roundToHalf(Number.NaN, 'bfloat16')).toBeNaN();
  });
});

test('every finite half-precision number survives the way through float32', () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const wide = new Float32Array(65536);
  float16ToFloat32(bits, wide);
  expect(
    float32ToFloat16(wide).filter((one, i) => one !== i && !Number.isNaN(wide[i])),
  ).toHaveLength(0);
  bfloat16ToFloat32(bits, wide);
  expect(
    float32ToBfloat16(wide).filter((one, i) => one !== i && !Number.isNaN(wide[i])),
  ).toHaveLength(0);
});
