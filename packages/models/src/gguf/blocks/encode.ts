import { float32ToBfloat16, float32ToFloat16 } from '../../safetensors/half.ts';

/** The block types that are written. */
export const writtenTypes = ['F32', 'F16', 'BF16', 'Q8_0', 'Q4_0'] as const;

/** A block type that is written. */
export type WrittenType = (typeof writtenTypes)[number];

const { fround, floor, abs, trunc } = Math;
const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/**
 * Encodes values in blocks, as gguf-py does to the bit: float16 and bfloat16 to the nearest, ties to even;
 *
 * ```text
 * Q8_0: d = max |w| / 127,           q = round(w / d), halves away from 0
 * Q4_0: d = w of the largest |w| / −8, q = ⌊w / d + 8.5⌋, at most 15
 * ```
 *
 * every step rounded to float32, d stored as float16.
 *
 * @param values whole blocks of them
 */
export const encodeBlocks: Readonly<Record<WrittenType, (values: Float32Array) => Uint8Array>> = {
  F32: bytesOf,
  F16: (values) => bytesOf(float32ToFloat16(values)),
  BF16: (values) => bytesOf(float32ToBfloat16(values)),
  Q8_0(values) {
    const bytes = new Uint8Array((values.length / 32) * 34);
    const scales = new Float32Array(values.length / 32);
    for (let block = 0; block < scales.length; block++) {
      let most = 0;
      for (let i = 0; i < 32; i++) most = Math.max(most, abs(values[32 * block + i]!));
      const d = fround(most / 127);
      const inverse = d === 0 ? 0 : fround(1 / d);
      scales[block] = d;
      for (let i = 0; i < 32; i++) {
        const scaled = fround(values[32 * block + i]! * inverse);
        const size = abs(scaled);
        const whole = floor(size);
        const rounded = whole + floor(2 * (size - whole));
        bytes[34 * block + 2 + i] = scaled < 0 ? -rounded : rounded;
      }
    }
    return withScales(bytes, scales);
  },
  Q4_0(values) {
    const bytes = new Uint8Array((values.length / 32) * 18);
    const scales = new Float32Array(values.length / 32);
    for (let block = 0; block < scales.length; block++) {
      let largest = 0;
      for (let i = 0; i < 32; i++) {
        const value = values[32 * block + i]!;
        if (abs(value) > abs(largest)) largest = value;
      }
      const d = fround(largest / -8);
      const inverse = d === 0 ? 0 : fround(1 / d);
      scales[block] = d;
      const code = (i: number): number =>
        Math.min(15, trunc(fround(fround(values[32 * block + i]! * inverse) + 8.5)));
      for (let i = 0; i < 16; i++) bytes[18 * block + 2 + i] = code(i) | (code(16 + i) << 4);
    }
    return withScales(bytes, scales);
  },
};

/** Puts the scale of each block in its first two bytes. */
function withScales(bytes: Uint8Array, scales: Float32Array): Uint8Array {
  const length = bytes.length / Math.max(1, scales.length);
  float32ToFloat16(scales).forEach((half, block) => {
    bytes[block * length] = half & 255;
    bytes[block * length + 1] = half >> 8;
  });
  return bytes;
}
