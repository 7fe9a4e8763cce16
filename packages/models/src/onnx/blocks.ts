/** Values that share a scale. */
export const blockValues = 32;

/** Rows of whole numbers in blocks of {@link blockValues}, as `MatMulNBits` takes them. */
export interface BlockRows {
  /** `[rows, blocks, bytes]`: 32 bytes a block of 8 bits, 16 of 4 bits, the first of two values in the lower half. */
  readonly codes: Uint8Array;
  /** `[rows · blocks]`. */
  readonly scales: Float32Array;
}

/** Blocks that hold a row; the last one is filled up with zeros. */
export function blocksOf(width: number): number {
  return Math.ceil(width / blockValues);
}

/** Bytes of a block. */
export function blockBytes(bits: 4 | 8): number {
  return (blockValues * bits) / 8;
}

/**
 * Rounds rows to blocks: `x ≈ (code − 2^(bits − 1)) · scale`. With 8 bits the largest magnitude of a block becomes ±127; with 4 bits
 * the value of that magnitude becomes −8, so that all sixteen codes serve, as in llama.cpp's Q4_0.
 *
 * @param values `[rows, width]`
 */
export function encodeBlockRows(values: Float32Array, width: number, bits: 4 | 8): BlockRows {
  const blocks = blocksOf(width);
  const rows = values.length / width;
  const bytes = blockBytes(bits);
  const middle = 2 ** (bits - 1);
  const codes = new Uint8Array(rows * blocks * bytes);
  const scales = new Float32Array(rows * blocks);
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const from = row * width + block * blockValues;
      const to = Math.min(from + blockValues, (row + 1) * width);
      let extreme = 0;
      for (let i = from; i < to; i++) {
        if (Math.abs(values[i]!) > Math.abs(extreme)) extreme = values[i]!;
      }
      const at = row * blocks + block;
      const scale = bits === 8 ? Math.abs(extreme) / 127 : extreme / -8;
      scales[at] = scale;
      const inverse = scale === 0 ? 0 : 1 / scale;
      for (let i = 0; i < blockValues; i++) {
        const value = from + i < to ? values[from + i]! * inverse : 0;
        const code = Math.min(2 * middle - 1, Math.max(0, Math.round(value) + middle));
        if (bits === 8) codes[at * bytes + i] = code;
        else codes[at * bytes + (i >> 1)]! |= code << (4 * (i & 1));
      }
    }
  }
  return { codes, scales };
}
