import { dynamicMap, nearestDynamic, nf4Block, nf4Codes, nf4NestedBlock } from '@tunesmith/kernels';
import { elementCount, type SafetensorsArrays } from '../safetensors/format.ts';
import type { EncodedTensor, Encoding } from './encoding.ts';

/** Halfway between neighbors: a value above the k-th has code k + 1 at least. */
const thresholds = Float32Array.from(
  { length: 15 },
  (_, i) => (nf4Codes[i]! + nf4Codes[i + 1]!) / 2,
);

function nearestCode(value: number): number {
  let low = 0;
  let high = 15;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value > thresholds[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The largest magnitude of each run of `length` values. */
function largestOfBlocks(values: Float32Array, length: number): Float32Array {
  const largest = new Float32Array(Math.ceil(values.length / length));
  for (let block = 0; block < largest.length; block++) {
    const end = Math.min(values.length, (block + 1) * length);
    let most = 0;
    for (let i = block * length; i < end; i++) most = Math.max(most, Math.abs(values[i]!));
    largest[block] = most;
  }
  return largest;
}

function mean(values: Float32Array): number {
  return Math.fround(values.reduce((sum, value) => sum + value, 0) / values.length);
}

/**
 * NF4 with double quantization, as bitsandbytes and QLoRA have it: `w ≈ code[q] · s` with 4 bits a weight and a scale for
 * each 64 weights; the scales, less their mean, take 8 bits each (`dynamicMap`), with a float32 scale for each 256 of them.
 * That is 4.127 bits a weight.
 *
 * Parts: `nf4` `[⌈n / 2⌉]`, two weights a byte, the first in the upper half; `absmax` `[blocks]`, places in the dynamic map;
 * `nested_absmax` `[⌈blocks / 256⌉]`; `offset` `[1]`, the mean of the scales.
 *
 * @see Dettmers et al., QLoRA: Efficient Finetuning of Quantized LLMs, 2023, https://arxiv.org/abs/2305.14314
 */
export const nf4: Encoding = {
  name: 'nf4',
  description:
    'Four bits a weight at the quantiles of a normal distribution, scales of 64 weights in 8 bits.',
  parts(shape) {
    const count = elementCount(shape);
    const blocks = Math.ceil(count / nf4Block);
    return {
      nf4: { dtype: 'U8', shape: [Math.ceil(count / 2)] },
      absmax: { dtype: 'U8', shape: [blocks] },
      nested_absmax: { dtype: 'F32', shape: [Math.ceil(blocks / nf4NestedBlock)] },
      offset: { dtype: 'F32', shape: [1] },
    };
  },
  encode(values, shape) {
    const scales = largestOfBlocks(values, nf4Block);
    const packed = new Uint8Array(Math.ceil(values.length / 2));
    for (let block = 0; block < scales.length; block++) {
      // In float32 steps, as the reference computes: a value at a threshold falls on the same side.
      const inverse = Math.fround(1 / scales[block]!);
      const end = Math.min(values.length, (block + 1) * nf4Block);
      for (let i = block * nf4Block; i < end; i++) {
        const value = values[i]!;
        const code = nearestCode(value === 0 ? 0 : Math.fround(value * inverse));
        packed[i >> 1]! |= i % 2 === 0 ? code << 4 : code;
      }
    }
    // An odd one is paired with zero.
    if (values.length % 2 === 1) packed[packed.length - 1]! |= nearestCode(0);
    const offset = mean(scales);
    const shifted = scales.map((scale) => scale - offset);
    const nested = largestOfBlocks(shifted, nf4NestedBlock);
    const absmax = Uint8Array.from(shifted, (scale, i) => {
      const inverse = Math.fround(1 / nested[Math.floor(i / nf4NestedBlock)]!);
      return nearestDynamic(scale === 0 ? 0 : Math.fround(scale * inverse));
    });
    const specs = nf4.parts(shape);
    return {
      encoding: 'nf4',
      shape,
      parts: {
        nf4: { dtype: 'U8', shape: specs['nf4']!.shape, data: packed },
        absmax: { dtype: 'U8', shape: specs['absmax']!.shape, data: absmax },
        nested_absmax: { dtype: 'F32', shape: specs['nested_absmax']!.shape, data: nested },
        offset: { dtype: 'F32', shape: [1], data: Float32Array.of(offset) },
      },
    };
  },
  decodeInto(encoded, target, first = 0) {
    const packed = part(encoded, 'nf4') as SafetensorsArrays['U8'];
    const absmax = part(encoded, 'absmax') as SafetensorsArrays['U8'];
    const nested = part(encoded, 'nested_absmax') as SafetensorsArrays['F32'];
    const [offset = 0] = part(encoded, 'offset') as SafetensorsArrays['F32'];
    const map = dynamicMap();
    let block = -1;
    let scale = 0;
    for (let i = 0; i < target.length; i++) {
      const at = first + i;
      const own = Math.floor(at / nf4Block);
      if (own !== block) {
        block = own;
        const shifted = Math.fround(map[absmax[own]!]! * nested[Math.floor(own / nf4NestedBlock)]!);
        scale = Math.fround(shifted + offset);
      }
      const byte = packed[at >> 1]!;
      target[i] = nf4Codes[at % 2 === 0 ? byte >> 4 : byte & 15]! * scale;
    }
  },
};

function part({ parts }: EncodedTensor, name: string): ArrayLike<number> {
  return parts[name]!.data as ArrayLike<number>;
}
