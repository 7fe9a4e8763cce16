import { sizeOf, type PendingOnnxTensor, type Value } from '@tunesmith/runtime';
import { modelsError } from '../errors.ts';
import { float32ToFloat16 } from '../safetensors/half.ts';
import type { WeightBlocks, WeightStore } from '../weights/store.ts';
import { encodeBlockRows } from './blocks.ts';

/** A tensor of a model as a file is to hold it. */
export interface StoredTensor {
  readonly name: string;
  readonly weights: WeightStore;
  /** Whether rows and columns of the matrix change places. */
  readonly isTransposed: boolean;
}

/** The numbers of a tensor as float32 or, where `value` is so, float16. @throws `out-of-range` for what float16 cannot hold */
export function floatTensor(value: Value, tensor: StoredTensor): PendingOnnxTensor {
  const isHalf = value.element === 'float16';
  return {
    value,
    byteLength: sizeOf(value.shape) * (isHalf ? 2 : 4),
    async write(write) {
      const numbers = await numbersOf(tensor);
      await write(bytesOf(isHalf ? halves(tensor.name, numbers) : numbers));
    },
  };
}

/** Where the parts of a matrix in blocks go; `least` is what is added to every weight of a block, where that is something. */
export interface BlockValues {
  readonly codes: Value;
  readonly scales: Value;
  readonly least?: Value | undefined;
}

/** A matrix as blocks of whole numbers: their codes, their scales, and what is added to them; `encode` makes them anew each time. */
export function blockTensors(
  values: BlockValues,
  encode: () => Promise<Omit<WeightBlocks, 'bits'>>,
): Record<keyof BlockValues, PendingOnnxTensor | undefined> {
  // They are written one after the other: the matrix is read and encoded once.
  let last: Omit<WeightBlocks, 'bits'> | undefined;
  const part = (name: keyof BlockValues, isLast: boolean): PendingOnnxTensor | undefined => {
    const value = values[name];
    if (!value) return undefined;
    return {
      value,
      byteLength: sizeOf(value.shape) * (name === 'codes' ? 1 : 4),
      async write(write) {
        last ??= await encode();
        const data = last[name]!;
        if (isLast) last = undefined;
        await write(bytesOf(data));
      },
    };
  };
  return {
    codes: part('codes', false),
    scales: part('scales', values.least === undefined),
    least: part('least', true),
  };
}

/** A matrix rounded to blocks. */
export async function roundedBlocks(
  tensor: StoredTensor,
  { width, bits }: { readonly width: number; readonly bits: 4 | 8 },
): Promise<Omit<WeightBlocks, 'bits'>> {
  return encodeBlockRows(await numbersOf(tensor), width, bits);
}

async function numbersOf({ name, weights, isTransposed }: StoredTensor): Promise<Float32Array> {
  const { data, shape } = await weights.read(name);
  const values = data as Float32Array;
  if (!isTransposed) return values;
  const [rows, columns] = shape as [number, number];
  const turned = new Float32Array(values.length);
  // A stretch of columns at a time, so that what is written stays in the processor's cache.
  const stretch = 16;
  for (let from = 0; from < columns; from += stretch) {
    const to = Math.min(columns, from + stretch);
    for (let row = 0; row < rows; row++) {
      for (let column = from; column < to; column++)
        turned[column * rows + row] = values[row * columns + column]!;
    }
  }
  return turned;
}

function halves(name: string, numbers: Float32Array): Uint16Array {
  const place = numbers.findIndex((number) => !(Math.abs(number) < 65_520));
  if (place >= 0)
    throw modelsError({
      code: 'out-of-range',
      kind: 'failure',
      message: `tensor "${name}" holds ${numbers[place]} at ${place}, which float16 cannot hold; nothing was written`,
      value: numbers[place],
      accepted: ['f32'],
    });
  return float32ToFloat16(numbers);
}

function bytesOf({
  buffer,
  byteOffset,
  byteLength,
}: Float32Array | Uint16Array | Uint8Array): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}
