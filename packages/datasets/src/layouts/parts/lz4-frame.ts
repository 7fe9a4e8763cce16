/**
 * Unpacks a frame of LZ4, as Arrow packs its buffers: blocks may refer to those before them.
 *
 * @param size bytes of what comes out
 * @throws Error where the frame is damaged
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
export function unpackLz4Frame(packed: Uint8Array, size: number): Uint8Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (view.getUint32(0, true) !== 0x184d2204) throw new Error('no frame of LZ4');
  const flags = view.getUint8(4);
  const [hasBlockSum, hasSize, hasDictionary] = [flags & 0x10, flags & 0x08, flags & 0x01];
  let at = 7 + (hasSize ? 8 : 0) + (hasDictionary ? 4 : 0);
  const target = new Uint8Array(size);
  let end = 0;
  for (;;) {
    const head = view.getUint32(at, true);
    at += 4;
    if (head === 0) break;
    const length = head & 0x7fffffff;
    const block = packed.subarray(at, at + length);
    if (head >>> 31) {
      target.set(block, end);
      end += length;
    } else end = unpackBlock(block, target, end);
    at += length + (hasBlockSum ? 4 : 0);
  }
  if (end !== size) throw new Error(`a frame of LZ4 holds ${end} bytes and not ${size}`);
  return target;
}

/** Unpacks a block of LZ4 without a frame, as Parquet packs its pages (`LZ4_RAW`). @throws Error where it is damaged */
export function unpackLz4Block(packed: Uint8Array, size: number): Uint8Array {
  const target = new Uint8Array(size);
  unpackBlock(packed, target, 0);
  return target;
}

/** Unpacks a block to `end` of the target. @returns the new end */
function unpackBlock(block: Uint8Array, target: Uint8Array, end: number): number {
  let at = 0;
  /** A length whose first part is four bits, and which goes on in bytes of 255. */
  const lengthFrom = (first: number): number => {
    if (first < 15) return first;
    let length = first;
    for (let more = 255; more === 255;) {
      if (at >= block.length) throw new Error('a block of LZ4 is cut off');
      more = block[at++]!;
      length += more;
    }
    return length;
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = lengthFrom(token >> 4);
    if (at + literals > block.length || end + literals > target.length)
      throw new Error('a block of LZ4 is damaged');
    target.set(block.subarray(at, at + literals), end);
    at += literals;
    end += literals;
    // The last sequence has literals alone.
    if (at >= block.length) break;
    const offset = block[at]! | (block[at + 1]! << 8);
    at += 2;
    const length = lengthFrom(token & 15) + 4;
    if (offset === 0 || offset > end || end + length > target.length)
      throw new Error('a block of LZ4 is damaged');
    // What is copied may reach into what the copy itself writes.
    for (const stop = end + length; end < stop; end++) target[end] = target[end - offset]!;
  }
  return end;
}
