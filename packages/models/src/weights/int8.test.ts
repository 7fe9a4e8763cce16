import { type HostTensor } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { expect, test } from 'vitest';
import { checkpointFixture } from '../../test-support/checkpoint-fixtures.ts';
import { llama } from '../architectures/llama/llama.ts';
import { initializeParameters } from '../checkpoint/initialize.ts';
import { loadModel } from '../node/load.ts';
import { createLanguageModel } from '../language-model/language-model.ts';
import type { Model } from '../model.ts';
import { int8Precision, int8Sites, int8Weight } from './int8.ts';
import { memoryWeights } from './memory.ts';
import { placeModel, type Precision } from './place.ts';
import { smoothingOf } from './smoothing.ts';

const rows = [
  { ids: [5, 9, 2, 14, 3, 3, 8, 1, 30, 22, 17, 6] },
  { ids: [11, 4, 29, 7, 7, 19, 2, 2] },
];

/** A small model whose norms let a few channels through at twenty times the size of the others, as those of real models do. */
function model(): Model {
  const spec = llama.spec({
    model_type: 'llama',
    vocab_size: 32,
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 64,
    rms_norm_eps: 1e-5,
    initializer_range: 0.2,
    tie_word_embeddings: true,
  });
  const parameters = initializeParameters(spec, 3);
  for (const [name, tensor] of Object.entries(parameters))
    if (name.endsWith('layernorm.weight')) for (const channel of [3, 17]) tensor.data[channel] = 20;
  return { spec, architecture: llama, weights: memoryWeights(parameters) };
}

async function logits(deviceName: string, precision?: Precision): Promise<Float32Array> {
  const device = await openDevice(deviceName);
  const placed = await placeModel(model(), device, precision ? { precision } : {});
  const { data } = await createLanguageModel({ placed }).logits([rows[0]!.ids]);
  await device.close();
  return data as Float32Array;
}

async function smoothing(): Promise<ReadonlyMap<string, HostTensor>> {
  const device = await openDevice('cpu');
  const found = await smoothingOf(await placeModel(model(), device), rows);
  await device.close();
  return found;
}

function distance(a: Float32Array, b: Float32Array): number {
  let error = 0;
  let size = 0;
  a.forEach((value, i) => {
    error += (value - b[i]!) ** 2;
    size += b[i]! ** 2;
  });
  return Math.sqrt(error / size);
}

test('the maps of the blocks are in integers, the tied head is not', () => {
  const { spec } = model();
  expect(int8Sites(spec).map(({ name }) => name.split('.').at(-1))).toEqual(
    Array(2)
      .fill(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'])
      .flat(),
  );
});

test('a weight of either layout becomes the same integers', async () => {
  const sizes = { in: 2, out: 3, weight: 'w' };
  const rowsOfOutputs = Float32Array.of(1, 2, -4, 3, 0, 5);
  const rowsOfInputs = Float32Array.of(1, -4, 0, 2, 3, 5);
  const options = { largest: 127 };
  const tensor = (shape: number[], data: Float32Array): HostTensor => ({
    dtype: 'float32',
    shape,
    data,
  });
  const encoded = async (layout: 'out_in' | 'in_out', weight: HostTensor) => {
    const found = int8Weight({ ...sizes, layout }, weight, async () => weight, options);
    const parts = Object.entries(found).map(
      async ([name, part]) => [name, 'read' in part ? await part.read() : part] as const,
    );
    return Object.fromEntries(await Promise.all(parts));
  };
  const torch = await encoded('out_in', tensor([3, 2], rowsOfOutputs));
  const gpt2 = await encoded('in_out', tensor([2, 3], rowsOfInputs));
  expect(torch).toEqual(gpt2);
  expect(torch['w:int8']!.data).toEqual(Int8Array.of(64, -127, 0, 127, 95, 127));
  expect(torch['w:gradient:int8']!.data).toEqual(Int8Array.of(32, 51, -127, 76, 0, 127));
  expect(Array.from(torch['w:gradient:scale']!.data)).toEqual([4 / 127, 5 / 127].map(Math.fround));
});

test('maps that read one tensor share their smoothing, and it is placed once', async () => {
  const found = await smoothing();
  const of = (layer: number, name: string) => found.get(`model.layers.${layer}.${name}.weight`);
  expect(found.size).toBe(14);
  expect(of(0, 'self_attn.q_proj')).toBe(of(0, 'self_attn.v_proj'));
  expect(of(0, 'mlp.gate_proj')).toBe(of(0, 'mlp.up_proj'));
  expect(of(0, 'mlp.gate_proj')).not.toBe(of(1, 'mlp.gate_proj'));
  // The channels that come in large are made small.
  const { data } = of(1, 'self_attn.q_proj')!;
  expect(data[3]! / data[4]!).toBeLessThan(0.5);

  const device = await openDevice('cpu');
  const precision = int8Precision(model().spec, { largest: 127, smoothing: found });
  const { tensors } = await placeModel(model(), device, { precision });
  const handle = (name: string) => tensors[`model.layers.0.self_attn.${name}.weight:smoothing`];
  expect(handle('q_proj')).toBe(handle('k_proj'));
  await device.close();
});

test('logits in integers are near those in float32, nearer with smoothing, and the same on each device', async () => {
  const exact = await logits('cpu');
  const options = { largest: 127, smoothing: await smoothing() };
  const plain = await logits('cpu', int8Precision(model().spec, { largest: 127 }));
  const smoothed = await logits('cpu', int8Precision(model().spec, options));
  const eager = await logits('tfjs-cpu', int8Precision(model().spec, options));
  expect(distance(plain, exact)).toBeLessThan(0.12);
  expect(distance(smoothed, exact)).toBeLessThan(0.75 * distance(plain, exact));
  // The integers are the same; what differs is the order of float32 sums elsewhere.
  expect(distance(eager, smoothed)).toBeLessThan(1e-5);
});

test('in two bytes logits are more than fifty times nearer, over inputs as they are, and the same on each device', async () => {
  const exact = await logits('cpu');
  const one = int8Precision(model().spec, { largest: 127 });
  const two = int8Precision(model().spec, { largest: 127, bytes: 2 });
  expect(two.name).toBe('int16');
  const found = await logits('cpu', two);
  expect(distance(found, exact)).toBeGreaterThan(0);
  expect(distance(found, exact)).toBeLessThan(distance(await logits('cpu', one), exact) / 50);
  // What the first rounding leaves of an input is a difference in float32: its last digit decides some low bytes.
  expect(distance(await logits('tfjs-cpu', two), found)).toBeLessThan(1e-4);
});

test('a weight in two bytes is placed as four arrays for products and four for gradients', async () => {
  const site = int8Sites(model().spec)[0]!;
  const weight = await model().weights.read(site.weight);
  const found = int8Weight(site, weight, async () => weight, { largest: 127, bytes: 2 });
  expect(Object.keys(found).map((name) => name.slice(site.weight.length))).toEqual([
    ':int8',
    ':scale',
    ':low:int8',
    ':low:scale',
    ':gradient:int8',
    ':gradient:scale',
    ':gradient:low:int8',
    ':gradient:low:scale',
  ]);
});

test('the head joins in where it is asked to, its weight stays beside it, and each device computes the same', async () => {
  const exact = await logits('cpu');
  const blocks = await logits('cpu', int8Precision(model().spec, { largest: 127 }));
  const precision = int8Precision(model().spec, { largest: 127, head: true });
  const all = await logits('cpu', precision);
  expect(distance(all, blocks)).toBeGreaterThan(0);
  expect(distance(all, blocks)).toBeLessThan(0.02);
  expect(distance(all, exact)).toBeLessThan(0.12);
  expect(distance(await logits('tfjs-cpu', precision), all)).toBeLessThan(1e-5);
  const table = 'model.embed_tokens.weight';
  const tensor = await model().weights.read(table);
  expect(Object.keys(precision.parts(table, tensor, async () => tensor)!)).toEqual([
    table,
    `${table}:int8`,
    `${table}:scale`,
  ]);
});

test('an encoder-decoder is evened out by source and target, each for the maps that read it', async () => {
  const { directory, ids, decoderIds } = await checkpointFixture('t5');
  const t5 = await loadModel(directory);
  const device = await openDevice('cpu');
  const exact = await placeModel(t5, device);
  const rows = ids.map((row, i) => ({ ids: decoderIds![i]!, source: { ids: row } }));
  const factors = await smoothingOf(exact, rows);
  expect([...factors.keys()].toSorted()).toEqual(
    int8Sites(t5.spec)
      .map(({ weight }) => weight)
      .toSorted(),
  );
  const precision = int8Precision(t5.spec, { largest: 127, smoothing: factors });
  const rounded = await placeModel(t5, device, { precision });
  const of = async (placed: typeof exact) =>
    (await createLanguageModel({ placed }).logits(ids, { decoderIds: decoderIds! }))
      .data as Float32Array;
  const [wanted, found] = [await of(exact), await of(rounded)];
  expect(distance(found, wanted)).toBeGreaterThan(0);
  expect(distance(found, wanted)).toBeLessThan(0.05);
  await device.close();
});
