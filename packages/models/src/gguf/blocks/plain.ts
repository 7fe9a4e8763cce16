import { float16Table } from '../../safetensors/half.ts';

/**
 * Blocks of 32 values with one scale d, and in the types `_1` a least value m: w = d · q, or w = d · q + m, each step
 * rounded to float32. The values' low four bits lie in 16 bytes, of value i in the low half of byte i and of value 16 + i in
 * its high half; the fifth bit in four bytes, value i in bit i.
 */
const { fround } = Math;

/** `Q4_0`: d as float16, 16 bytes; w = d · (q − 8). */
export function decodeQ40(bytes: Uint8Array, target: Float32Array): void {
  const half = float16Table();
  for (let at = 0, to = 0; at < bytes.length; at += 18, to += 32) {
    const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 2 + i]!;
      target[to + i] = d * ((pair & 15) - 8);
      target[to + 16 + i] = d * ((pair >> 4) - 8);
    }
  }
}

/** `Q4_1`: d and m as float16, 16 bytes; w = d · q + m. */
export function decodeQ41(bytes: Uint8Array, target: Float32Array): void {
  const half = float16Table();
  for (let at = 0, to = 0; at < bytes.length; at += 20, to += 32) {
    const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
    const m = half[bytes[at + 2]! | (bytes[at + 3]! << 8)]!;
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 4 + i]!;
      target[to + i] = fround(d * (pair & 15)) + m;
      target[to + 16 + i] = fround(d * (pair >> 4)) + m;
    }
  }
}

/** The four bytes of fifth bits. */
function fifthBits(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** `Q5_0`: d as float16, 4 bytes of fifth bits, 16 bytes; w = d · (q − 16). */
export function decodeQ50(bytes: Uint8Array, target: Float32Array): void {
  const half = float16Table();
  for (let at = 0, to = 0; at < bytes.length; at += 22, to += 32) {
    const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
    const fifth = fifthBits(bytes, at + 2);
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 6 + i]!;
      target[to + i] = d * (((pair & 15) | (((fifth >> i) & 1) << 4)) - 16);
      target[to + 16 + i] = d * (((pair >> 4) | (((fifth >> (16 + i)) & 1) << 4)) - 16);
    }
  }
}

/** `Q5_1`: d and m as float16, 4 bytes of fifth bits, 16 bytes; w = d · q + m. */
export function decodeQ51(bytes: Uint8Array, target: Float32Array): void {
  const half = float16Table();
  for (let at = 0, to = 0; at < bytes.length; at += 24, to += 32) {
    const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
    const m = half[bytes[at + 2]! | (bytes[at + 3]! << 8)]!;
    const fifth = fifthBits(bytes, at + 4);
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 8 + i]!;
      target[to + i] = fround(d * ((pair & 15) | (((fifth >> i) & 1) << 4))) + m;
      target[to + 16 + i] = fround(d * ((pair >> 4) | (((fifth >> (16 + i)) & 1) << 4))) + m;
    }
  }
}

/** `Q8_0`: d as float16, 32 signed bytes; w = d · q. */
export function decodeQ80(bytes: Uint8Array, target: Float32Array): void {
  const half = float16Table();
  for (let at = 0, to = 0; at < bytes.length; at += 34, to += 32) {
    const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
    for (let i = 0; i < 32; i++) target[to + i] = d * ((bytes[at + 2 + i]! << 24) >> 24);
  }
}
