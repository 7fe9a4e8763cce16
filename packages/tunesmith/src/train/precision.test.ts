import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bitfit } from '@tunesmith/bitfit';
import { intrinsicDimension } from '@tunesmith/intrinsic-prompt';
import { lora } from '@tunesmith/lora';
import { loadModel } from '@tunesmith/models/node';
import { createAdapter, type Adapter, type PeftMethod } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { ModelRecipe } from '@tunesmith/schema';
import { afterAll, expect, test } from 'vitest';
import type { Tuning } from './method.ts';
import { calibrationRows, choosePrecision, int8Of } from './precision.ts';

const fixtures = fileURLToPath(new URL('../../../testing/fixtures', import.meta.url));
const model = await loadModel(join(fixtures, 'peft', 'base_llama'));
const device = await openDevice('cpu');
afterAll(() => device.close());

const asked = (precision: ModelRecipe['precision']) => ({
  from: '.',
  precision,
  head_precision: 'float32' as const,
  calibration_rows: 4,
});

async function tuningBy(method: PeftMethod, config: object): Promise<Tuning> {
  const adapter = (await createAdapter({ model, method, config, seed: 0 })) as Adapter;
  return { kind: 'adapters', adapters: [adapter], label: method.name };
}

const choose = (precision: ModelRecipe['precision'], tuning: Tuning) =>
  choosePrecision(asked(precision), { model, device, tuning });

test('methods that leave the weights of linear maps alone run in int8, int16 and nf4', async () => {
  const none: Tuning = { kind: 'none', adapters: [], label: 'none' };
  expect(await choose('int8', none)).toEqual({ name: 'int8' });
  const withLora = await tuningBy(lora as unknown as PeftMethod, { r: 2, targets: ['q_proj'] });
  expect(await choose('int8', withLora)).toEqual({ name: 'int8' });
  for (const name of ['int16', 'nf4'] as const)
    expect(await choose(name, withLora)).toEqual({ name });
});

test('biases may train beside maps in int8', async () => {
  const gpt2 = await loadModel(join(fixtures, 'peft', 'base_gpt2'));
  const adapter = (await createAdapter({
    model: gpt2,
    method: bitfit,
    config: {},
    seed: 0,
  })) as unknown as Adapter;
  const tuning: Tuning = { kind: 'adapters', adapters: [adapter], label: 'bitfit' };
  expect(await choosePrecision(asked('int8'), { model: gpt2, device, tuning })).toEqual({
    name: 'int8',
  });
});

test('full fine-tuning is refused, and so is a method that trains a copy of a weight', async () => {
  const full: Tuning = { kind: 'full', adapters: [], label: 'full' };
  await expect(choose('int8', full)).rejects.toMatchObject({
    code: 'unsupported-precision',
    message: expect.stringContaining('full trains every weight'),
  });
  const { adapters } = await tuningBy(lora as unknown as PeftMethod, { r: 2, targets: ['q_proj'] });
  const [adapter] = adapters as [Adapter];
  const weight = 'model.layers.0.mlp.up_proj.weight';
  const copies = { ...adapter, plan: { ...adapter.plan, base: [weight] } };
  await expect(
    choose('int8', { kind: 'adapters', adapters: [adapter, copies], label: 'lora' }),
  ).rejects.toThrow(`lora trains "${weight}"`);
});

test('a method that moves every parameter is refused in int8, int16 and nf4', async () => {
  const tuning = await tuningBy(intrinsicDimension as unknown as PeftMethod, { dimensions: 50 });
  for (const precision of ['int8', 'int16', 'nf4'] as const)
    await expect(choose(precision, tuning)).rejects.toThrow(/intrinsic-dimension trains "model/);
});

test('an adapter that brings a weight of its own is not put on maps in int8', async () => {
  const [adapter] = (await tuningBy(lora as unknown as PeftMethod, { r: 2, targets: ['q_proj'] }))
    .adapters as readonly [Adapter];
  const weight = 'model.layers.0.mlp.up_proj.weight';
  const copies = { ...adapter, plan: { ...adapter.plan, base: [weight] } };
  await expect(
    choose('int8', { kind: 'none', adapters: [copies], label: 'an adapter' }),
  ).rejects.toThrow(`an adapter trains "${weight}"`);
});

test('the head is in int8 beside the blocks only, and only where its weight stays as it is', async () => {
  const none: Tuning = { kind: 'none', adapters: [], label: 'none' };
  const withHead = (precision: 'float32' | 'int8', tuning: Tuning = none) =>
    choosePrecision({ ...asked(precision), head_precision: 'int8' }, { model, device, tuning });
  expect(await withHead('int8')).toEqual({ name: 'int8' });
  await expect(withHead('float32')).rejects.toMatchObject({
    code: 'unsupported-precision',
    message: expect.stringContaining('model.head_precision is int8 and model.precision is float32'),
  });
  const [adapter] = (await tuningBy(lora as unknown as PeftMethod, { r: 2, targets: ['q_proj'] }))
    .adapters as readonly [Adapter];
  const copies = { ...adapter, plan: { ...adapter.plan, base: [model.spec.head.weight] } };
  const trained: Tuning = { kind: 'adapters', adapters: [copies], label: 'lora' };
  expect(await choose('int8', trained)).toEqual({ name: 'int8' });
  await expect(withHead('int8', trained)).rejects.toThrow(`"${model.spec.head.weight}"`);
});

test('auto says what it chose and why', async () => {
  const full = await choose('auto', { kind: 'full', adapters: [], label: 'full' });
  expect(full).toMatchObject({ name: 'float32', finding: { code: 'precision' } });
  expect(full.finding?.message).toContain('as full trains every weight');
  const none = await choose('auto', { kind: 'none', adapters: [], label: 'none' });
  expect(none.finding?.message).toMatch(
    new RegExp(`auto: ${none.name}, products of integers take 1/[0-9.]+ of the time on cpu`),
  );
});

test('inputs are evened out by a few rows of the data, spread over it', async () => {
  const row = (first: number) => ({
    ids: Int32Array.of(first, 4, 5),
    targets: Int32Array.of(4, 5, -100),
    positions: Int32Array.of(0, 1, 2),
    segmentIds: Int32Array.of(1, 1, 1),
    virtualTokenIds: Int32Array.of(0, -1, -1),
  });
  const source = {
    rows: 10,
    tokens: 3,
    realTokens: 30,
    supervised: 2,
    virtualTokens: 1,
    packed: false,
    row,
    fingerprint: () => ({ rows: 10, tokensPerRow: 3, sha256: '' }),
  };
  const rows = calibrationRows(source, 4);
  expect(rows.map(({ ids }) => ids[0])).toEqual([0, 2, 5, 7]);
  expect(rows[0]?.segmentIds).toEqual(Int32Array.of(0, 1, 1));
  const weight = model.spec.sites.find((site) => site.kind === 'linear')!.weight;
  const host = await model.weights.read(weight);
  const partsBy = async (calibration: typeof rows): Promise<string[]> => {
    const precision = await int8Of({ model, device, head: false }, calibration);
    return Object.keys(precision.parts(weight, host, async () => host)!);
  };
  expect(await partsBy(rows)).toContain(`${weight}:smoothing`);
  expect(await partsBy([])).not.toContain(`${weight}:smoothing`);
});
