import { float16Table } from '../../safetensors/half.ts';
import type { WeightBlocks } from '../../weights/store.ts';
import { scaleAndLeast } from './k.ts';

/** Values of a block of these types. */
const values = 32;

/** Where a block has what, in bytes. */
interface BlockLayout {
  readonly bits: 4 | 8;
  readonly bytes: number;
  /** Where the codes begin: behind d, and behind m where there is one. */
  readonly codes: number;
}

const layouts: Readonly<Record<string, BlockLayout>> = {
  q4_0: { bits: 4, bytes: 18, codes: 2 },
  q4_1: { bits: 4, bytes: 20, codes: 4 },
  q8_0: { bits: 8, bytes: 34, codes: 2 },
};

/** The encodings whose blocks a product takes as they are. */
export const multipliedEncodings: readonly string[] = [...Object.keys(layouts), 'q4_k'];

/**
 * Blocks of a file as a product takes them; the numbers they stand for stay the same, of `q4_1` and `q4_k` to float32 rounding, since their
 * d · q + m becomes d · (q − 8) + (m + 8 d).
 *
 * @param bytes the blocks of whole rows
 * @param shape `[out, in]`
 * @param rowOrder for each row of the result the file's; as they come if absent
 * @returns undefined for other encodings
 */
export function blockRows(
  encoding: string,
  bytes: Uint8Array,
  [out, width]: readonly [number, number],
  rowOrder?: Uint32Array,
): WeightBlocks | undefined {
  if (encoding === 'q4_k') return groupRows(bytes, [out, width], rowOrder);
  const layout = layouts[encoding];
  if (!layout) return undefined;
  const half = float16Table();
  const blocks = width / values;
  const size = 4 * layout.bits;
  const codes = new Uint8Array(out * blocks * size);
  const scales = new Float32Array(out * blocks);
  const least = layout.codes === 4 ? new Float32Array(blocks * out) : undefined;
  for (let row = 0; row < out; row++)
    for (let block = 0; block < blocks; block++) {
      const at = ((rowOrder?.[row] ?? row) * blocks + block) * layout.bytes;
      const to = (row * blocks + block) * size;
      const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
      scales[row * blocks + block] = d;
      if (least) least[block * out + row] = half[bytes[at + 2]! | (bytes[at + 3]! << 8)]! + 8 * d;
      const from = at + layout.codes;
      if (layout.bits === 8)
        for (let i = 0; i < values; i++) codes[to + i] = bytes[from + i]! ^ 128;
      else
        for (let i = 0; i < 8; i++) {
          // Of the file, value i is in the low half of byte i and value 16 + i in its high half.
          const [one, other] = [bytes[from + 2 * i]!, bytes[from + 2 * i + 1]!];
          codes[to + i] = (one & 15) | ((other & 15) << 4);
          codes[to + 8 + i] = (one >> 4) | (other & 240);
        }
    }
  return { bits: layout.bits, codes, scales, ...(least ? { least } : {}) };
}

/** Of Q4_K, whose blocks of 256 are eight groups of 32: two groups share 32 bytes, one the low halves and one the high ones. */
function groupRows(
  bytes: Uint8Array,
  [out, width]: readonly [number, number],
  rowOrder?: Uint32Array,
): WeightBlocks {
  const half = float16Table();
  const { fround } = Math;
  const groups = width / values;
  const [blocks, blockBytes] = [width / 256, 144];
  const codes = new Uint8Array(out * groups * 16);
  const scales = new Float32Array(out * groups);
  const least = new Float32Array(groups * out);
  for (let row = 0; row < out; row++)
    for (let group = 0; group < groups; group++) {
      const at = ((rowOrder?.[row] ?? row) * blocks + (group >> 3)) * blockBytes;
      const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
      const minimum = half[bytes[at + 2]! | (bytes[at + 3]! << 8)]!;
      const both = scaleAndLeast(bytes, at + 4, group & 7);
      const scale = fround(d * (both & 255));
      scales[row * groups + group] = scale;
      least[group * out + row] = 8 * scale - fround(minimum * (both >> 8));
      const [from, shift] = [at + 16 + 32 * ((group & 7) >> 1), 4 * (group & 1)];
      const to = (row * groups + group) * 16;
      for (let i = 0; i < 16; i++) {
        const [one, other] = [bytes[from + 2 * i]!, bytes[from + 2 * i + 1]!];
        codes[to + i] = ((one >> shift) & 15) | (((other >> shift) & 15) << 4);
      }
    }
  return { bits: 4, codes, scales, least };
}
