import { elementBytes, elementCount, type SafetensorsTensor } from '../safetensors/format.ts';

/** A tensor as an encoding holds it. */
export interface EncodedTensor {
  /** Name of the encoding. */
  readonly encoding: string;
  readonly shape: readonly number[];
  /** Its arrays, by the names of the encoding's parts. */
  readonly parts: Readonly<Record<string, SafetensorsTensor>>;
}

/** A way to hold the numbers of a tensor: a plain value, so that formats of blocks (GGUF's) are added as others are. */
export interface Encoding {
  /** A word, such as `bfloat16` or `nf4`. */
  readonly name: string;
  /** What it is, in one sentence. */
  readonly description: string;
  /** Type and shape of each part of a tensor of that shape. */
  parts(
    shape: readonly number[],
  ): Readonly<Record<string, Pick<SafetensorsTensor, 'dtype' | 'shape'>>>;
  /** The nearest that the encoding has to these values, row-major in that shape. */
  encode(values: Float32Array, shape: readonly number[]): EncodedTensor;
  /** Writes the decoded values from element `first` on into `target` until that is full. */
  decodeInto(encoded: EncodedTensor, target: Float32Array, first?: number): void;
}

/** Bytes that a tensor of a shape takes in an encoding. */
export function encodedBytes(encoding: Encoding, shape: readonly number[]): number {
  return Object.values(encoding.parts(shape)).reduce(
    (sum, part) => sum + elementCount(part.shape) * elementBytes[part.dtype],
    0,
  );
}
