import type { HostTensor } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { expect, test } from 'vitest';
import { golden } from '../../test-support/fixtures.ts';
import { createLanguageModel } from '../language-model/language-model.ts';
import type { Model } from '../model.ts';
import { loadModel } from '../node/load.ts';
import { int8Sites } from './int8.ts';
import { nf4 } from './nf4.ts';
import { nf4Precision, nf4Weight } from './nf4-precision.ts';
import { overlayWeights } from './overlay.ts';
import { placeModel } from './place.ts';
import { placedBytes } from './placed-bytes.ts';

const ids = [[5, 9, 2, 14, 3, 3, 8, 1, 30, 22]];

async function logits(model: Model, deviceName: string, narrow: boolean): Promise<Float32Array> {
  const device = await openDevice(deviceName);
  const options = narrow ? { precision: nf4Precision(model.spec) } : {};
  const placed = await placeModel(model, device, options);
  expect(placed.bytes).toBe(placedBytes(model.spec, narrow ? 'nf4' : 'float32'));
  const { data } = await createLanguageModel({ placed }).logits(ids);
  await device.close();
  return data as Float32Array;
}

/** The model whose maps are what their codes stand for, in float32. */
async function decoded(model: Model): Promise<Model> {
  const replaced: Record<string, HostTensor> = {};
  for (const { weight, layout, in: width, out } of int8Sites(model.spec)) {
    const { data, shape } = await model.weights.read(weight);
    const turned = layout === 'in_out';
    const place = (i: number): number => (turned ? (i % width) * out + Math.floor(i / width) : i);
    const rows = data.map((_, i) => data[place(i)]!) as Float32Array;
    const values = new Float32Array(rows.length);
    nf4.decodeInto(nf4.encode(rows, [out, width]), values);
    const back = new Float32Array(rows.length);
    values.forEach((value, i) => {
      back[place(i)] = value;
    });
    replaced[weight] = { dtype: 'float32', shape, data: back };
  }
  return { ...model, weights: overlayWeights(model.weights, replaced) };
}

function distance(a: Float32Array, b: Float32Array): number {
  const largest = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / largest;
}

test.each(['llama_wide_heads', 'qwen2_tied', 'gpt2_relu'])(
  'logits are those of the decoded weights, on each device: %s',
  async (name) => {
    const model = await loadModel(golden(name));
    const wanted = await logits(await decoded(model), 'cpu', false);
    expect(distance(await logits(model, 'cpu', false), wanted)).toBeGreaterThan(1e-3);
    expect(distance(await logits(model, 'cpu', true), wanted)).toBeLessThan(1e-5);
    expect(distance(await logits(model, 'tfjs-cpu', true), wanted)).toBeLessThan(1e-5);
  },
);

test('a weight of either layout becomes the same codes', () => {
  const sizes = { in: 2, out: 3, weight: 'w' };
  const tensor = (shape: number[], ...numbers: number[]): HostTensor => ({
    dtype: 'float32',
    shape,
    data: Float32Array.from(numbers),
  });
  const torch = nf4Weight({ ...sizes, layout: 'out_in' }, tensor([3, 2], 1, 2, -4, 3, 0, 4));
  const gpt2 = nf4Weight({ ...sizes, layout: 'in_out' }, tensor([2, 3], 1, -4, 0, 2, 3, 4));
  expect(torch).toEqual(gpt2);
  expect(Object.keys(torch)).toEqual(['w:nf4', 'w:absmax', 'w:nested_absmax', 'w:offset']);
  // 1/4, 2/4; -4/4, 3/4; 0, 4/4 at their nearest of the sixteen numbers.
  expect(torch['w:nf4']).toEqual({
    dtype: 'uint8',
    shape: [3],
    data: Uint8Array.of(0xac, 0x0e, 0x7f),
  });
});

test('maps take an eighth of the memory', async () => {
  const { spec } = await loadModel(golden('llama_wide_heads'));
  const maps = int8Sites(spec).reduce((sum, site) => sum + 4 * site.in * site.out, 0);
  const others = placedBytes(spec) - maps;
  expect((placedBytes(spec, 'nf4') - others) / maps).toBeLessThan(4.4 / 32);
});
