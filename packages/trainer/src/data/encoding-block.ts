import type { Encoding } from './encoding.ts';

/** Encodings as bytes: to go from thread to thread, and onto the disk. */
export interface EncodingBlock {
  readonly bytes: Uint8Array;
  /** Where each begins, a multiple of eight; and the end. */
  readonly offsets: Uint32Array;
}

const kinds = { Int32Array, Uint32Array, Float32Array, Float64Array, Uint8Array } as const;
type Kind = keyof typeof kinds;

/** Stands for an array in the JSON of an encoding: its kind, its first byte after the JSON, and its length. */
type Placed = readonly [kind: Kind, at: number, length: number];

/** The key under which JSON holds a {@link Placed}. */
const placed = '$array';

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/**
 * Lays encodings one after the other: the length of its JSON as uint32, four bytes of nothing, the JSON, and the arrays that
 * stand in it, each at a multiple of eight, in the byte order of the machine.
 */
export function packEncodings(encodings: readonly Encoding[]): EncodingBlock {
  const encoder = new TextEncoder();
  const parts = encodings.map((encoding) => {
    const arrays: Uint8Array[] = [];
    let at = 0;
    const json = JSON.stringify(encoding, (_, value: unknown) => {
      if (!ArrayBuffer.isView(value)) return value;
      const view = value as InstanceType<(typeof kinds)[Kind]>;
      const place: Placed = [view.constructor.name as Kind, at, view.length];
      arrays.push(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
      at += aligned(view.byteLength);
      return { [placed]: place };
    });
    const text = encoder.encode(json);
    return { text, arrays, size: 8 + aligned(text.length) + at };
  });
  const offsets = new Uint32Array(parts.length + 1);
  for (const [i, { size }] of parts.entries()) offsets[i + 1] = offsets[i]! + size;
  const bytes = new Uint8Array(offsets.at(-1)!);
  for (const [i, { text, arrays }] of parts.entries()) {
    const start = offsets[i]!;
    new Uint32Array(bytes.buffer, start, 1)[0] = text.length;
    bytes.set(text, start + 8);
    let at = start + 8 + aligned(text.length);
    for (const array of arrays) {
      bytes.set(array, at);
      at += aligned(array.length);
    }
  }
  return { bytes, offsets };
}

/**
 * Reads one encoding; its arrays are views of the bytes.
 *
 * @param bytes those of that encoding, beginning at a multiple of eight of their buffer
 */
export function unpackEncoding(bytes: Uint8Array): Encoding {
  const [length = 0] = new Uint32Array(bytes.buffer, bytes.byteOffset, 1);
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  const start = bytes.byteOffset + 8 + aligned(length);
  return JSON.parse(text, (_, value: unknown) => {
    const place = (value as { [placed]?: Placed } | null)?.[placed];
    if (!place) return value;
    const [kind, at, count] = place;
    return new kinds[kind](bytes.buffer as ArrayBuffer, start + at, count);
  }) as Encoding;
}
