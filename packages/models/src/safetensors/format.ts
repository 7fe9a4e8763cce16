import type { HostTensor } from '@tunesmith/runtime';
import { modelsError } from '../errors.ts';
import { float8ToFloat32 } from './float8.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './half.ts';

/** Bytes of one element of each type of the safetensors format that is read and written here. */
export const elementBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

/** A data type of the safetensors format. */
export type SafetensorsType = keyof typeof elementBytes;

/** The typed array that holds elements of each type; elements of half precision and of eight bits are raw bits. */
export interface SafetensorsArrays {
  F64: Float64Array;
  F32: Float32Array;
  F16: Uint16Array;
  BF16: Uint16Array;
  F8_E5M2: Uint8Array;
  F8_E4M3: Uint8Array;
  I64: BigInt64Array;
  I32: Int32Array;
  I16: Int16Array;
  I8: Int8Array;
  U64: BigUint64Array;
  U32: Uint32Array;
  U16: Uint16Array;
  U8: Uint8Array;
  BOOL: Uint8Array;
}

/** A tensor as the file holds it. `data` is row-major; F16, BF16, F8_E5M2 and F8_E4M3 are bit patterns. */
export type SafetensorsTensor = {
  [T in SafetensorsType]: {
    readonly dtype: T;
    readonly shape: readonly number[];
    readonly data: SafetensorsArrays[T];
  };
}[SafetensorsType];

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Views bytes as elements of a type. The bytes must begin at a multiple of the element's size. */
export function viewElements(
  dtype: SafetensorsType,
  buffer: ArrayBuffer,
  byteOffset: number,
  count: number,
): SafetensorsTensor['data'] {
  switch (dtype) {
    case 'F64':
      return new Float64Array(buffer, byteOffset, count);
    case 'F32':
      return new Float32Array(buffer, byteOffset, count);
    case 'F16':
    case 'BF16':
    case 'U16':
      return new Uint16Array(buffer, byteOffset, count);
    case 'I16':
      return new Int16Array(buffer, byteOffset, count);
    case 'U32':
      return new Uint32Array(buffer, byteOffset, count);
    case 'U64':
      return new BigUint64Array(buffer, byteOffset, count);
    case 'I64':
      return new BigInt64Array(buffer, byteOffset, count);
    case 'I32':
      return new Int32Array(buffer, byteOffset, count);
    case 'I8':
      return new Int8Array(buffer, byteOffset, count);
    case 'U8':
    case 'BOOL':
    case 'F8_E5M2':
    case 'F8_E4M3':
      return new Uint8Array(buffer, byteOffset, count);
  }
}

/**
 * A tensor of a file as the runtime takes it: floating types become float32, I8 int8, other integers int32, booleans bool.
 *
 * @param tensor a tensor as read
 * @param name for the error's text
 * @throws `integer-out-of-range` where an element of I64, U64 or U32 does not fit 32 bits
 */
export function toHostTensor(tensor: SafetensorsTensor, name: string): HostTensor {
  const { shape } = tensor;
  switch (tensor.dtype) {
    case 'F32':
      return { dtype: 'float32', shape, data: tensor.data };
    case 'F64':
      return { dtype: 'float32', shape, data: new Float32Array(tensor.data) };
    case 'F16':
    case 'BF16': {
      const data = new Float32Array(tensor.data.length);
      (tensor.dtype === 'F16' ? float16ToFloat32 : bfloat16ToFloat32)(tensor.data, data);
      return { dtype: 'float32', shape, data };
    }
    case 'I32':
      return { dtype: 'int32', shape, data: tensor.data };
    case 'F8_E5M2':
    case 'F8_E4M3':
      return { dtype: 'float32', shape, data: float8ToFloat32(tensor.dtype, tensor.data) };
    case 'U32':
    case 'U64':
    case 'I64': {
      const data = new Int32Array(tensor.data.length);
      tensor.data.forEach((value: number | bigint, i: number) => {
        data[i] = Number(value);
        if (BigInt(data[i]!) !== BigInt(value)) {
          throw modelsError({
            code: 'integer-out-of-range',
            message: `tensor "${name}" holds ${value} at element ${i}, which does not fit 32 bits`,
            value: String(value),
            accepted: '-2147483648 to 2147483647',
          });
        }
      });
      return { dtype: 'int32', shape, data };
    }
    case 'I8':
      return { dtype: 'int8', shape, data: tensor.data };
    case 'I16':
    case 'U16':
    case 'U8':
      return { dtype: 'int32', shape, data: Int32Array.from(tensor.data) };
    case 'BOOL':
      return { dtype: 'bool', shape, data: tensor.data };
  }
}
