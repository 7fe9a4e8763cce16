import { float16Table } from '../../safetensors/half.ts';

/** The sixteen values that four bits stand for: closer together near 0. */
const levels = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

/** `IQ4_NL`: d as float16, 16 bytes laid out as in `Q4_0`; w = d · level(q). */
export function decodeIq4Nl(bytes: Uint8Array, target: Float32Array): void {
  const half = float16Table();
  for (let at = 0, to = 0; at < bytes.length; at += 18, to += 32) {
    const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 2 + i]!;
      target[to + i] = d * levels[pair & 15]!;
      target[to + 16 + i] = d * levels[pair >> 4]!;
    }
  }
}

/** `IQ4_XS`: 8 groups of 32 with 6-bit scales; d, high bits of the scales, low bits, 128 bytes; w = d·(s − 32)·level(q). */
export function decodeIq4Xs(bytes: Uint8Array, target: Float32Array): void {
  const half = float16Table();
  for (let at = 0, to = 0; at < bytes.length; at += 136, to += 256) {
    const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
    const highs = bytes[at + 2]! | (bytes[at + 3]! << 8);
    for (let group = 0; group < 8; group++) {
      const low = (bytes[at + 4 + (group >> 1)]! >> (4 * (group & 1))) & 15;
      const scale = Math.fround(d * ((low | (((highs >> (2 * group)) & 3) << 4)) - 32));
      const from = at + 8 + 16 * group;
      for (let i = 0; i < 16; i++) {
        const pair = bytes[from + i]!;
        target[to + 32 * group + i] = scale * levels[pair & 15]!;
        target[to + 32 * group + 16 + i] = scale * levels[pair >> 4]!;
      }
    }
  }
}
