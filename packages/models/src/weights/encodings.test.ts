import { describe, expect, test } from 'vitest';
import { dynamicMap } from '@tunesmith/kernels';
import { golden } from '../../test-support/fixtures.ts';
import { roundToHalf } from '../safetensors/half.ts';
import { readSafetensors } from '../node/safetensors.ts';
import type { SafetensorsTensor } from '../safetensors/format.ts';
import { encodedBytes } from './encoding.ts';
import { bfloat16, float16, float32 } from './float-encodings.ts';
import { int8Columns } from './int8-columns.ts';
import { nf4 } from './nf4.ts';

const values = Float32Array.from({ length: 300 }, (_, i) => Math.sin(i) * 10 ** ((i % 7) - 3));

describe('NF4 with double quantization', async () => {
  const { tensors } = await readSafetensors(`${golden('nf4')}/nf4.safetensors`);
  const data = (name: string) => (tensors[name] as SafetensorsTensor).data as Float32Array;
  const shape = tensors['weight']!.shape;
  const encoded = nf4.encode(data('weight'), shape);

  test('has the dynamic map of bitsandbytes', () => {
    expect(dynamicMap()).toEqual(data('nested_quant_map'));
  });

  test.each(['nf4', 'absmax'])('has the %s of bitsandbytes', (name) => {
    expect(encoded.parts[name]!.data).toEqual(data(name));
  });

  test.each(['nested_absmax', 'offset'])('has the %s of bitsandbytes', (name) => {
    const theirs = data(name);
    const ours = encoded.parts[name]!.data as Float32Array;
    expect(ours).toHaveLength(theirs.length);
    ours.forEach((value, i) => expect(value / theirs[i]!).toBeCloseTo(1, 6));
  });

  test('is decoded as bitsandbytes decodes it, whole and in part', () => {
    const theirs = data('decoded');
    const parts = Object.fromEntries(
      Object.keys(encoded.parts).map((name) => [name, tensors[name]!]),
    );
    const whole = new Float32Array(theirs.length);
    nf4.decodeInto({ ...encoded, parts }, whole);
    expect(whole).toEqual(theirs);
    const part = new Float32Array(101);
    nf4.decodeInto({ ...encoded, parts }, part, 555);
    expect(part).toEqual(theirs.slice(555, 656));
  });

  test('takes 4.127 bits a weight', () => {
    expect((8 * encodedBytes(nf4, [4096, 4096])) / 4096 ** 2).toBeCloseTo(4.127, 3);
  });
});

describe('int8 with a scale for each output', () => {
  const weight = Float32Array.of(1, -2, 0.5, 127, 0, -64); // two rows of three

  test('keeps the largest of each output, and the rest within half a step', () => {
    const encoding = int8Columns('out_in');
    const encoded = encoding.encode(weight, [2, 3]);
    expect(encoded.parts['int8']).toMatchObject({ shape: [3, 2] });
    expect(encoded.parts['int8']!.data).toEqual(Int8Array.of(64, 127, -127, 0, 32, -64));
    expect(encoded.parts['scale']!.data).toEqual(Float32Array.of(2 / 127, 1));
    const decoded = new Float32Array(6);
    encoding.decodeInto(encoded, decoded);
    expect([...decoded].map((value) => value.toFixed(3))).toEqual([
      '1.008',
      '-2.000',
      '0.504',
      '127.000',
      '0.000',
      '-64.000',
    ]);
    const last = new Float32Array(2);
    encoding.decodeInto(encoded, last, 4);
    expect(last).toEqual(decoded.slice(4));
  });

  test('is the same map for a weight that lies the other way', () => {
    const turned = Float32Array.of(1, 127, -2, 0, 0.5, -64); // [in 3, out 2]
    const encoding = int8Columns('in_out');
    const encoded = encoding.encode(turned, [3, 2]);
    expect(encoded.parts).toEqual(int8Columns('out_in').encode(weight, [2, 3]).parts);
    const decoded = new Float32Array(6);
    encoding.decodeInto(encoded, decoded);
    expect(decoded[3]).toBe(0);
    expect(decoded[1]).toBe(127);
  });
});

describe('types of numbers', () => {
  test('float32 gives back what it was given', () => {
    const decoded = new Float32Array(10);
    float32.decodeInto(float32.encode(values, [300]), decoded, 20);
    expect(decoded).toEqual(values.slice(20, 30));
  });

  test.each([float16, bfloat16])('$name gives back the nearest value', (encoding) => {
    const decoded = new Float32Array(300);
    encoding.decodeInto(encoding.encode(values, [300]), decoded);
    const name = encoding.name as 'float16' | 'bfloat16';
    expect(decoded).toEqual(values.map((value) => roundToHalf(value, name)));
    expect(encodedBytes(encoding, [300])).toBe(600);
  });
});
