import { packed, unpacked } from '@tunesmith/schema';
import type { Encoding } from './encoding.ts';

/** Encodings as bytes: to go from thread to thread, and onto the disk. */
export interface EncodingBlock {
  readonly bytes: Uint8Array;
  /** Where each begins, a multiple of eight; and the end. */
  readonly offsets: Uint32Array;
}

/** Lays encodings one after the other, each as `packed` of `@tunesmith/schema` lays it. */
export function packEncodings(encodings: readonly Encoding[]): EncodingBlock {
  const parts = encodings.map(packed);
  const offsets = new Uint32Array(parts.length + 1);
  for (const [i, { length }] of parts.entries()) offsets[i + 1] = offsets[i]! + length;
  const bytes = new Uint8Array(offsets.at(-1)!);
  for (const [i, part] of parts.entries()) bytes.set(part, offsets[i]);
  return { bytes, offsets };
}

/**
 * Reads one encoding; its arrays are views of the bytes.
 *
 * @param bytes those of that encoding, beginning at a multiple of eight of their buffer
 */
export function unpackEncoding(bytes: Uint8Array): Encoding {
  return unpacked(bytes) as Encoding;
}
