import { tf, type HostTensor, type LateTensor } from '@tunesmith/runtime';
import { expect, test } from 'vitest';
import { floatWeight } from './float-weight.ts';
import { int8Weight } from './int8.ts';
import { nf4Weight } from './nf4-precision.ts';

const values = Float32Array.from({ length: 6 * 64 }, (_, i) => Math.sin(i * 0.7) / (1 + (i % 5)));

/** Largest difference between a weight and what is decoded of its parts. */
async function off(
  layout: 'out_in' | 'in_out',
  encode: (
    site: { in: number; out: number; weight: string; layout: 'out_in' | 'in_out' },
    weight: HostTensor,
  ) => Record<string, HostTensor | LateTensor>,
): Promise<number> {
  const site = { in: 64, out: 6, weight: 'w', layout };
  const shape = layout === 'out_in' ? [6, 64] : [64, 6];
  const parts = encode(site, { dtype: 'float32', shape, data: values });
  const tensors = Object.entries(parts).map(async ([name, part]) => {
    const { data, dtype, shape: size } = 'read' in part ? await part.read() : part;
    const fed = dtype === 'float32' ? (data as Float32Array) : Int32Array.from(data);
    return [name, tf.tensor(fed, [...size], dtype === 'float32' ? dtype : 'int32')] as const;
  });
  const decoded = floatWeight(Object.fromEntries(await Promise.all(tensors)), site)!;
  expect(decoded.shape).toEqual(shape);
  return Math.max(...Array.from(decoded.dataSync(), (value, i) => Math.abs(value - values[i]!)));
}

test.each(['out_in', 'in_out'] as const)(
  'a weight that lies %s is what its parts stand for',
  async (layout) => {
    const inBytes = (bytes: 1 | 2) =>
      off(layout, (site, weight) =>
        int8Weight(site, weight, async () => weight, { largest: 127, bytes }),
      );
    expect(await inBytes(1)).toBeGreaterThan(1e-4);
    expect(await inBytes(1)).toBeLessThan(0.51 / 127);
    expect(await inBytes(2)).toBeLessThan(0.51 / 127 / 250);
    expect(await off(layout, nf4Weight)).toBeLessThan(0.2);
  },
);
