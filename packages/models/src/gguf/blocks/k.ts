import { float16Table } from '../../safetensors/half.ts';

/**
 * The k-quants: superblocks of 256 values in 16 groups of 16 or 8 of 32, whose scales (and least values) are themselves
 * numbers of a few bits times a float16 of the superblock. Every product and sum is rounded to float32, as in ggml.
 */
const { fround } = Math;

/** `Q2_K`: 16 bytes (scale low, least high), 64 bytes of two bits, d, dmin; w = d·s·q − dmin·m. */
export function decodeQ2K(bytes: Uint8Array, target: Float32Array): void {
  const half = float16Table();
  for (let at = 0, to = 0; at < bytes.length; at += 84, to += 256) {
    const d = half[bytes[at + 80]! | (bytes[at + 81]! << 8)]!;
    const least = half[bytes[at + 82]! | (bytes[at + 83]! << 8)]!;
    for (let group = 0; group < 16; group++) {
      const pair = bytes[at + group]!;
      const scale = fround(d * (pair & 15));
      const minimum = fround(least * (pair >> 4));
      // 128 values share 32 bytes: 32 values for each two bits.
      const from = at + 16 + 32 * (group >> 3) + 16 * (group & 1);
      const shift = 2 * ((group >> 1) & 3);
      for (let i = 0; i < 16; i++)
        target[to + 16 * group + i] = fround(scale * ((bytes[from + i]! >> shift) & 3)) - minimum;
    }
  }
}

/** `Q3_K`: 32 bytes of third bits, 64 bytes of two bits, 12 bytes of 6-bit scales, d; w = d·(s − 32)·(q − 4 or q). */
export function decodeQ3K(bytes: Uint8Array, target: Float32Array): void {
  const half = float16Table();
  for (let at = 0, to = 0; at < bytes.length; at += 110, to += 256) {
    const d = half[bytes[at + 108]! | (bytes[at + 109]! << 8)]!;
    const scales = at + 96;
    for (let group = 0; group < 16; group++) {
      const low = bytes[scales + (group & 7)]! >> (group < 8 ? 0 : 4);
      const high = bytes[scales + 8 + (group & 3)]! >> (2 * (group >> 2));
      const scale = fround(d * (((low & 15) | ((high & 3) << 4)) - 32));
      const from = at + 32 + 32 * (group >> 3) + 16 * (group & 1);
      const shift = 2 * ((group >> 1) & 3);
      const thirds = at + 16 * (group & 1);
      const bit = group >> 1;
      for (let i = 0; i < 16; i++) {
        // A third bit that is not set takes 4 away.
        const third = ((bytes[thirds + i]! >> bit) & 1) ^ 1;
        const q = ((bytes[from + i]! >> shift) & 3) - (third << 2);
        target[to + 16 * group + i] = scale * q;
      }
    }
  }
}

/** Scale (low byte) and least value (next byte) of a group of 32, from the 12 bytes that `Q4_K` and `Q5_K` share. */
export function scaleAndLeast(bytes: Uint8Array, at: number, group: number): number {
  if (group < 4) return (bytes[at + group]! & 63) | ((bytes[at + 4 + group]! & 63) << 8);
  const both = bytes[at + 4 + group]!;
  const scale = (both & 15) | ((bytes[at + group - 4]! >> 2) & 48);
  const least = (both >> 4) | ((bytes[at + group]! >> 2) & 48);
  return scale | (least << 8);
}

/** `Q4_K`: d, dmin, 12 bytes of 6-bit scales and leasts, 128 bytes of four bits; w = d·s·q − dmin·m. */
export function decodeQ4K(bytes: Uint8Array, target: Float32Array): void {
  const half = float16Table();
  for (let at = 0, to = 0; at < bytes.length; at += 144, to += 256) {
    const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
    const least = half[bytes[at + 2]! | (bytes[at + 3]! << 8)]!;
    for (let group = 0; group < 8; group++) {
      const both = scaleAndLeast(bytes, at + 4, group);
      const scale = fround(d * (both & 255));
      const minimum = fround(least * (both >> 8));
      const from = at + 16 + 32 * (group >> 1);
      const shift = 4 * (group & 1);
      for (let i = 0; i < 32; i++)
        target[to + 32 * group + i] = fround(scale * ((bytes[from + i]! >> shift) & 15)) - minimum;
    }
  }
}

/** `Q5_K`: d, dmin, 12 bytes of 6-bit scales and leasts, 32 bytes of fifth bits, 128 bytes of four; w = d·s·q − dmin·m. */
export function decodeQ5K(bytes: Uint8Array, target: Float32Array): void {
  const half = float16Table();
  for (let at = 0, to = 0; at < bytes.length; at += 176, to += 256) {
    const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
    const least = half[bytes[at + 2]! | (bytes[at + 3]! << 8)]!;
    for (let group = 0; group < 8; group++) {
      const both = scaleAndLeast(bytes, at + 4, group);
      const scale = fround(d * (both & 255));
      const minimum = fround(least * (both >> 8));
      const from = at + 48 + 32 * (group >> 1);
      const shift = 4 * (group & 1);
      for (let i = 0; i < 32; i++) {
        const fifth = (bytes[at + 16 + i]! >> group) & 1;
        const q = ((bytes[from + i]! >> shift) & 15) | (fifth << 4);
        target[to + 32 * group + i] = fround(scale * q) - minimum;
      }
    }
  }
}

/** `Q6_K`: 128 bytes of four bits, 64 bytes of two more, 16 signed scales, d; w = d·s·(q − 32). */
export function decodeQ6K(bytes: Uint8Array, target: Float32Array): void {
  const half = float16Table();
  for (let at = 0, to = 0; at < bytes.length; at += 210, to += 256) {
    const d = half[bytes[at + 208]! | (bytes[at + 209]! << 8)]!;
    for (let group = 0; group < 16; group++) {
      const scale = fround(d * ((bytes[at + 192 + group]! << 24) >> 24));
      // 128 values share 64 bytes of low bits and 32 of high ones.
      const [part, inside] = [group >> 3, group & 7];
      const low = at + 64 * part + 32 * ((inside >> 1) & 1) + 16 * (inside & 1);
      const high = at + 128 + 32 * part + 16 * (inside & 1);
      const [lowShift, highShift] = [4 * (inside >> 2), 2 * (inside >> 1)];
      for (let i = 0; i < 16; i++) {
        const four = (bytes[low + i]! >> lowShift) & 15;
        const two = (bytes[high + i]! >> highShift) & 3;
        target[to + 16 * group + i] = scale * ((four | (two << 4)) - 32);
      }
    }
  }
}
