import type { SafetensorsTensor } from '../safetensors/format.ts';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from '../safetensors/half.ts';
import type { Encoding } from './encoding.ts';

/** Numbers of 32 bits, as they are. */
export const float32: Encoding = {
  name: 'float32',
  description: 'IEEE 754 numbers of 32 bits: exact.',
  parts: (shape) => ({ values: { dtype: 'F32', shape } }),
  encode: (values, shape) => ({
    encoding: 'float32',
    shape,
    parts: { values: { dtype: 'F32', shape, data: values } },
  }),
  decodeInto({ parts }, target, first = 0) {
    const { data } = parts['values'] as SafetensorsTensor & { readonly dtype: 'F32' };
    target.set(data.subarray(first, first + target.length));
  },
};

/** A type of 16 bits: narrowed to the nearest value, ties to even. */
function half(
  name: 'float16' | 'bfloat16',
  description: string,
  narrow: (values: Float32Array) => Uint16Array,
  widen: (bits: Uint16Array, target: Float32Array) => void,
): Encoding {
  const dtype = name === 'float16' ? 'F16' : 'BF16';
  return {
    name,
    description,
    parts: (shape) => ({ values: { dtype, shape } }),
    encode: (values, shape) => ({
      encoding: name,
      shape,
      parts: { values: { dtype, shape, data: narrow(values) } },
    }),
    decodeInto({ parts }, target, first = 0) {
      const { data } = parts['values'] as SafetensorsTensor & { readonly dtype: 'F16' };
      widen(data.subarray(first, first + target.length), target);
    },
  };
}

/** IEEE 754 numbers of 16 bits: 11 significant bits, up to 65504. */
export const float16 = half(
  'float16',
  'IEEE 754 numbers of 16 bits: 11 significant bits, up to 65504.',
  float32ToFloat16,
  float16ToFloat32,
);

/** The upper halves of float32: 8 significant bits, the same range. */
export const bfloat16 = half(
  'bfloat16',
  'The upper halves of float32: 8 significant bits, the same range.',
  float32ToBfloat16,
  bfloat16ToFloat32,
);
