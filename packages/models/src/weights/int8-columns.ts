import { quantizeColumns } from '@tunesmith/kernels';
import type { SafetensorsArrays } from '../safetensors/format.ts';
import type { Encoding } from './encoding.ts';

/**
 * Integers of one byte with a scale for each output of a linear map: `w ≈ integer · scale`, symmetric, up to ±127, halves to
 * even.
 *
 * Parts: `int8` `[in, out]`, whichever way the weight lies, as products in integers take it; `scale` `[out]`.
 *
 * @param layout how the weight lies: `out_in` for `[out, in]`, `in_out` for `[in, out]`
 */
export function int8Columns(layout: 'out_in' | 'in_out'): Encoding {
  const sizes = ([first = 0, second = 0]: readonly number[]): [inputs: number, outputs: number] =>
    layout === 'out_in' ? [second, first] : [first, second];
  const parts = (shape: readonly number[]) => {
    const [inputs, outputs] = sizes(shape);
    return {
      int8: { dtype: 'I8', shape: [inputs, outputs] },
      scale: { dtype: 'F32', shape: [outputs] },
    } as const;
  };
  return {
    name: 'int8',
    description: 'Integers of one byte with a scale for each output of a linear map.',
    parts,
    encode(values, shape) {
      const { integers, scale } = quantizeColumns(values, sizes(shape), {
        largest: 127,
        transposed: layout === 'out_in',
      });
      const specs = parts(shape);
      return {
        encoding: 'int8',
        shape,
        parts: { int8: { ...specs.int8, data: integers }, scale: { ...specs.scale, data: scale } },
      };
    },
    decodeInto({ shape, parts: held }, target, first = 0) {
      const [inputs, outputs] = sizes(shape);
      const integers = held['int8']!.data as SafetensorsArrays['I8'];
      const scale = held['scale']!.data as SafetensorsArrays['F32'];
      for (let i = 0; i < target.length; i++) {
        const at = first + i;
        const [row, column] =
          layout === 'out_in'
            ? [at % inputs, Math.floor(at / inputs)]
            : [Math.floor(at / outputs), at % outputs];
        target[i] = integers[row * outputs + column]! * scale[column]!;
      }
    },
  };
}
