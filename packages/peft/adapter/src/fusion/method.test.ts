import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adapterFeeds, composePenalty, createAdapter } from '@tunesmith/peft';
import type { Adapter } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device, TensorMap } from '@tunesmith/runtime';
import { perturbed, testPeftMethod, tinyModel } from '@tunesmith/testing';
import { adapter, parallelAdapter, pfeiffer } from '../bottleneck/method.ts';
import { ia3 } from '../ia3/method.ts';
import { adapterFusion } from './method.ts';
import { asArtifact, twoAdapters } from './test-support/two-adapters.ts';

// Fresh adapters give nothing, and so does their mixture.
testPeftMethod({
  method: adapterFusion,
  artifacts: (model) => twoAdapters(model, pfeiffer),
  models: ['llama', 'bert', 't5'],
  parameterCount: (model) =>
    model.sites.filter((site) => site.kind === 'sublayer' && site.role === 'feed_forward').length *
    (3 * model.width ** 2 + 2 * model.width),
});

testPeftMethod({
  method: adapterFusion,
  config: { value: false },
  label: 'without values, of both parts',
  artifacts: (model) => twoAdapters(model, adapter),
  models: ['gpt2'],
  parameterCount: (model) => 2 * model.layers * (2 * model.width ** 2 + 2 * model.width),
});

const model = tinyModel('llama');
const make = async (method: unknown, config: object = {}, name = 'default'): Promise<Adapter> =>
  createAdapter({
    model,
    method: method as typeof ia3,
    config,
    name,
    seed: 0,
  }) as unknown as Adapter;
const fuse = (adapters: readonly Adapter[], config: object = {}) =>
  createAdapter({ model, method: adapterFusion, config, seed: 0, artifacts: asArtifact(adapters) });

describe('adapters that are mixed', () => {
  it('are told apart by number where they have one name', async () => {
    const { config } = await fuse([await make(pfeiffer), await make(pfeiffer)]);
    expect(config.adapters!.map(({ name }) => name)).toEqual(['default-1', 'default-2']);
    const alike = await fuse([
      await make(pfeiffer, {}, 'Poems'),
      await make(pfeiffer, {}, 'poems'),
    ]);
    expect(alike.config.adapters!.map(({ name }) => name)).toEqual(['Poems-1', 'poems-2']);
  });

  it('stay as they were', async () => {
    const one = perturbed(await make(pfeiffer, { size: 2 }, 'one'));
    const fusion = await fuse([one, await make(pfeiffer, { size: 5 }, 'two')]);
    const tensor = 'model.layers.0.mlp.adapter_down.weight';
    expect(fusion.parameters[`adapters.one.${tensor}`]).toEqual(one.parameters[tensor]);
    expect(fusion.plan.tensors.find(({ name }) => name.startsWith('adapters.'))!.frozen).toBe(true);
  });

  it.each([
    ['one alone', () => [make(pfeiffer)], 'lists 1 adapter'],
    ['two kinds', () => [make(pfeiffer), make(adapter, { attention: false })], 'cannot be mixed'],
    ['another method', () => [make(pfeiffer), make(ia3)], 'holds an adapter of "ia3"'],
    [
      'parallel ones',
      () => [make(parallelAdapter), make(parallelAdapter)],
      'accepted: adapters of',
    ],
    [
      'other places',
      () => [make(pfeiffer), make(pfeiffer, { leave_out: [0] })],
      'adapter 2 stands at other places than the first',
    ],
    [
      'trained norms',
      () => [make(pfeiffer), make(pfeiffer, { train_layer_norms: true })],
      'trained norms of the base',
    ],
  ])('are refused: %s', async (_, adapters, message) => {
    await expect(fuse(await Promise.all(adapters()))).rejects.toThrow(message);
  });

  it('must be named by the recipe', async () => {
    await expect(createAdapter({ model, method: adapterFusion, seed: 0 })).rejects.toThrow(
      'there is no artifact named "adapters"',
    );
  });
});

describe('the penalty of a fusion', () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice('tfjs-cpu');
  });
  afterAll(() => device.close());

  const penalty = async (config: object): Promise<number> => {
    const fusion = (await fuse(
      [await make(pfeiffer), await make(pfeiffer)],
      config,
    )) as unknown as Adapter;
    const run = device.jit('penalty', (tensors: TensorMap) => ({
      penalty: composePenalty([{ adapter: fusion }])!(tensors, { training: true }),
    }));
    const { penalty: found } = await run(adapterFeeds([fusion]));
    return (await device.read(found!)).data[0]!;
  };

  it('is the squared distance of the value maps from the identity, times its weight', async () => {
    // Two layers of 12² − 12 values beside the diagonal, 1e-6 each.
    expect(await penalty({ regularization: 1e6 })).toBeCloseTo(1e6 * 2 * 132 * 1e-12, 6);
    expect(await penalty({ value: false })).toBe(0);
  });
});
