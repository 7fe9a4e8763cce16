import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from '@tunesmith/models/node';
import { createAdapter } from '@tunesmith/peft';
import { loadAdapter } from '@tunesmith/peft/node';
import { tinyModel } from '@tunesmith/testing';
import { adapter, parallelAdapter, pfeiffer } from './method.ts';
import { sizeFromFactor } from './plan.ts';

const model = tinyModel('llama');
const create = (config: object) => createAdapter({ model, method: adapter, config, seed: 0 });
const golden = new URL('../../golden/', import.meta.url).pathname;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adapter-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('settings of bottleneck adapters', () => {
  it('put an adapter after both parts of every layer', async () => {
    expect((await create({})).plan.sites).toEqual([
      'model.layers.0.self_attn',
      'model.layers.0.mlp',
      'model.layers.1.self_attn',
      'model.layers.1.mlp',
    ]);
    expect((await create({ attention: false, leave_out: [0] })).plan.sites).toEqual([
      'model.layers.1.mlp',
    ]);
  });

  it.each([
    [{ size: 4, reduction_factor: 2 }, 'size and reduction_factor are both given'],
    [{ attention: false, feed_forward: false }, 'no sub-layer is left to adapt'],
    [{ leave_out: [0, 1] }, 'no sub-layer is left to adapt'],
    [{ leave_out: [2] }, 'leave_out names layer 2 of 2'],
    [{ bottleneck: 3 }, 'bottleneck'],
  ])('%o are refused', async (config, message) => {
    await expect(create(config)).rejects.toThrow(message);
  });

  it('start with a zero up-projection, and down within two deviations of 1e-3', async () => {
    const { parameters } = await create({ size: 4 });
    const down = parameters['model.layers.0.mlp.adapter_down.weight']!.data;
    expect(Math.max(...[...down].map(Math.abs))).toBeLessThanOrEqual(2e-3);
    expect(Math.max(...[...down].map(Math.abs))).toBeGreaterThan(1e-3);
    expect(
      parameters['model.layers.0.mlp.adapter_up.weight']!.data.every((value) => value === 0),
    ).toBe(true);
  });
});

describe('sizeFromFactor', () => {
  // The right column is Python's width // factor.
  it.each([
    [768, 16, 48],
    [16, 3.2, 4],
    [16, 5, 3],
    [7, 2, 3],
    [12, 16, 1],
    [8, 0.5, 16],
  ])('%d over %d is %d', (width, factor, size) => {
    expect(sizeFromFactor(width, factor)).toBe(size);
  });
});

describe('files of bottleneck adapters', () => {
  const load = async (change: (config: Record<string, unknown>) => object) => {
    const directory = await mkdtemp(join(folder, 'changed-'));
    await cp(`${golden}from-adapterhub`, directory, { recursive: true });
    const path = join(directory, 'adapter_config.json');
    await writeFile(
      path,
      JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>)),
    );
    const base = new URL('../../../../testing/fixtures/peft/base_gpt2', import.meta.url).pathname;
    return loadAdapter(directory, {
      model: await loadModel(base),
      methods: [adapter, pfeiffer, parallelAdapter],
    });
  };
  const withOption = (option: object) => (config: Record<string, unknown>) => ({
    ...config,
    config: { ...(config['config'] as object), ...option },
  });

  it.each([
    [
      { is_parallel: true, original_ln_before: true },
      'options "is_parallel" and "original_ln_before" are both true',
    ],
    [{ residual_before_ln: false }, 'option "residual_before_ln" is false'],
    [{ phm_layer: true }, 'option "phm_layer" is true'],
    [{ scaling: 0 }, 'scaling'],
    [{ something_new: 1 }, 'option "something_new" is 1'],
    [{ non_linearity: 'leakyrelu' }, 'non_linearity'],
    [{ reduction_factor: { default: 16 } }, 'size'],
    [{ reduction_factor: 4 }, 'has shape [3, 16] where the model needs [4, 16]'],
    [
      { leave_out: [] },
      'h.1.attention_adapters.adapters.made.adapter_down.0.weight" [3, 16] is missing',
    ],
  ])('with option %o are refused', async (option, message) => {
    await expect(load(withOption(option))).rejects.toThrow(message);
  });

  it('without a name are refused', async () => {
    await expect(load((config) => ({ ...config, name: undefined }))).rejects.toThrow(
      'gives no name',
    );
  });
});
