import { decodeFloats } from './floats.ts';
import { decodeIq4Nl, decodeIq4Xs } from './iq4.ts';
import { decodeQ2K, decodeQ3K, decodeQ4K, decodeQ5K, decodeQ6K } from './k.ts';
import { decodeQ40, decodeQ41, decodeQ50, decodeQ51, decodeQ80 } from './plain.ts';

/**
 * Decodes blocks that lie one after the other.
 *
 * @param bytes whole blocks
 * @param target receives as many values as the blocks hold
 */
export type DecodeBlocks = (bytes: Uint8Array, target: Float32Array) => void;

/** A way in which GGUF stores numbers: blocks of so many values in so many bytes. */
export interface BlockType {
  /** As ggml calls it, in capitals: `Q4_K`. */
  readonly name: string;
  /** Values of a block. */
  readonly values: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** Absent for types that are known by their size alone. */
  readonly decode?: DecodeBlocks;
}

/** The types by the number that files give them. 4 and 5 are gone from the format, and so are 31 to 33 and 36 to 38. */
const types: Readonly<Record<number, BlockType>> = {
  0: { name: 'F32', values: 1, bytes: 4, decode: decodeFloats.F32 },
  1: { name: 'F16', values: 1, bytes: 2, decode: decodeFloats.F16 },
  2: { name: 'Q4_0', values: 32, bytes: 18, decode: decodeQ40 },
  3: { name: 'Q4_1', values: 32, bytes: 20, decode: decodeQ41 },
  6: { name: 'Q5_0', values: 32, bytes: 22, decode: decodeQ50 },
  7: { name: 'Q5_1', values: 32, bytes: 24, decode: decodeQ51 },
  8: { name: 'Q8_0', values: 32, bytes: 34, decode: decodeQ80 },
  9: { name: 'Q8_1', values: 32, bytes: 40 },
  10: { name: 'Q2_K', values: 256, bytes: 84, decode: decodeQ2K },
  11: { name: 'Q3_K', values: 256, bytes: 110, decode: decodeQ3K },
  12: { name: 'Q4_K', values: 256, bytes: 144, decode: decodeQ4K },
  13: { name: 'Q5_K', values: 256, bytes: 176, decode: decodeQ5K },
  14: { name: 'Q6_K', values: 256, bytes: 210, decode: decodeQ6K },
  15: { name: 'Q8_K', values: 256, bytes: 292 },
  16: { name: 'IQ2_XXS', values: 256, bytes: 66 },
  17: { name: 'IQ2_XS', values: 256, bytes: 74 },
  18: { name: 'IQ3_XXS', values: 256, bytes: 98 },
  19: { name: 'IQ1_S', values: 256, bytes: 50 },
  20: { name: 'IQ4_NL', values: 32, bytes: 18, decode: decodeIq4Nl },
  21: { name: 'IQ3_S', values: 256, bytes: 110 },
  22: { name: 'IQ2_S', values: 256, bytes: 82 },
  23: { name: 'IQ4_XS', values: 256, bytes: 136, decode: decodeIq4Xs },
  24: { name: 'I8', values: 1, bytes: 1, decode: decodeFloats.I8 },
  25: { name: 'I16', values: 1, bytes: 2, decode: decodeFloats.I16 },
  26: { name: 'I32', values: 1, bytes: 4, decode: decodeFloats.I32 },
  27: { name: 'I64', values: 1, bytes: 8, decode: decodeFloats.I64 },
  28: { name: 'F64', values: 1, bytes: 8, decode: decodeFloats.F64 },
  29: { name: 'IQ1_M', values: 256, bytes: 56 },
  30: { name: 'BF16', values: 1, bytes: 2, decode: decodeFloats.BF16 },
  34: { name: 'TQ1_0', values: 256, bytes: 54 },
  35: { name: 'TQ2_0', values: 256, bytes: 66 },
  39: { name: 'MXFP4', values: 32, bytes: 17 },
};

/** The type of a number; undefined for a number that stands for none. */
export function blockType(id: number): BlockType | undefined {
  return Object.hasOwn(types, id) ? types[id] : undefined;
}

/** The number of a type that has the name. */
export function blockTypeId(name: string): number {
  return Number(Object.keys(types).find((id) => types[Number(id)]!.name === name));
}

/** Names of the types that are decoded. */
export const decodedTypes: readonly string[] = Object.values(types)
  .filter(({ decode }) => decode)
  .map(({ name }) => name);
