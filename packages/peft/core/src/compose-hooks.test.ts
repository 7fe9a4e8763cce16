import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeModel, readEveryWeight } from '@tunesmith/models';
import type { HooksFactory, Model, SublayerCall } from '@tunesmith/models';
import { tf } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device, HostTensor } from '@tunesmith/runtime';
import { adapterLogits } from './adapter-logits.ts';
import { composeHooks, composePenalty } from './compose-hooks.ts';
import type { Adapter, PeftMethod } from './contract.ts';
import { createAdapter } from './create-adapter.ts';
import {
  adapterFeeds,
  parameterCount,
  trainableFeeds,
  virtualTokens,
  withFeeds,
} from './parameters.ts';
import { baseModel } from './test-support/base-models.ts';
import { shift } from './test-support/shift-method.ts';
import type { ShiftConfig } from './test-support/shift-method.ts';

let model: Model;
let device: Device;
let weights: Record<string, HostTensor>;
beforeAll(async () => {
  model = await baseModel('llama');
  device = await openDevice('tfjs-cpu');
  weights = await readEveryWeight(model.weights);
});
afterAll(() => device.close());

const make = (
  name: string,
  config: object,
  method: PeftMethod<ShiftConfig> = shift,
): Promise<Adapter<ShiftConfig>> => createAdapter({ model, method, config, name, seed: 0 });

/** Hooks over the adapters' own tensors, on the device of the test. */
function bound(adapters: readonly Adapter[], training = false): ReturnType<HooksFactory> {
  const tensors = Object.fromEntries(
    Object.entries({ ...weights, ...adapterFeeds(adapters) }).map(([name, { data, shape }]) => [
      name,
      tf.tensor(data, [...shape]),
    ]),
  );
  return composeHooks(adapters.map((adapter) => ({ adapter })))(tensors, { training });
}

/** What passes by a sub-layer that gives x, onto a stream of x. */
const passing = (x: tf.Tensor): SublayerCall => ({
  input: x,
  output: x,
  stream: x,
  normalizeSum: (sum) => sum,
});

describe('composeHooks', () => {
  it('passes a sub-layer through every adapter in order', async () => {
    const site = model.spec.sites.find(
      (candidate) => candidate.kind === 'sublayer' && candidate.role === 'feed_forward',
    );
    if (site?.kind !== 'sublayer') throw new Error('the model has sub-layers');
    const double: PeftMethod<ShiftConfig> = {
      ...shift,
      hooks: () => ({ sublayer: (_, { output }) => tf.mul(output, 2) }),
    };
    const x = tf.ones([1, 1, 16]);
    const after = (...adapters: Adapter[]): number =>
      bound(adapters).sublayer!(site, passing(x)).dataSync()[0]!;
    const [plus, times] = [await make('plus', { start: 3 }), await make('times', {}, double)];
    expect(after(plus, times)).toBe(8);
    expect(after(times, plus)).toBe(5);
  });

  it('nests linear maps, the first adapter closest to the base', async () => {
    const scaled = (factor: number, offset: number): PeftMethod<ShiftConfig> => ({
      ...shift,
      hooks: () => ({ linear: (_, x, next) => tf.add(tf.mul(next(x), factor), offset) }),
    });
    const hooks = bound([
      await make('one', {}, scaled(10, 1)),
      await make('two', {}, scaled(2, 0)),
    ]);
    const y = hooks.linear!(model.spec.head, tf.scalar(1), (x) => tf.add(x, 4));
    expect(y.dataSync()[0]).toBe((5 * 10 + 1) * 2);
  });

  it('leaves out the kinds of site that no adapter touches', async () => {
    const hooks = bound([await make('one', {})]);
    expect(Object.keys(hooks)).toEqual(['sublayer']);
    expect(bound([])).toEqual({});
  });

  it('puts trained copies in place of base tensors, and leaves others alone', async () => {
    const hooks = bound([await make('one', { base: ['model.norm.weight'] })]);
    const other = tf.scalar(7);
    expect(hooks.parameter!('model.norm.weight', other)).not.toBe(other);
    expect(hooks.parameter!('lm_head.weight', other)).toBe(other);
  });

  it('refuses two adapters that train the same base tensor, and names both', async () => {
    const base = ['model.norm.weight'];
    const both = [
      { adapter: await make('one', { base }) },
      { adapter: await make('two', { base }) },
    ];
    expect(() => composeHooks(both)).toThrow(
      'adapters "one" and "two" both train a copy of "model.norm.weight"',
    );
    expect(() => composeHooks([both[0]!, { ...both[1]!, active: false }])).not.toThrow();
  });

  it('refuses two adapters of one name', async () => {
    const both = [{ adapter: await make('one', {}) }, { adapter: await make('one', {}) }];
    expect(() => composeHooks(both)).toThrow('two adapters are named "one"');
  });

  it('puts the rows of several prompts one after the other', async () => {
    const prompt = (count: number): PeftMethod<ShiftConfig> => ({
      ...shift,
      plan: (spec, config) => ({
        ...shift.plan(spec, config),
        virtualTokens: { place: 'input', count },
      }),
      hooks: () => ({ embeddingRows: () => tf.fill([count, 1], count) }),
    });
    const adapters = [
      await make('one', {}, prompt(2)),
      await make('none', {}),
      await make('two', {}, prompt(3)),
    ];
    const rows = bound(adapters).embeddingRows!(model.spec.embed)!;
    expect([...rows.dataSync()]).toEqual([2, 2, 3, 3, 3]);
    expect(virtualTokens(adapters)).toEqual({ input: 5, keys: 0 });
  });

  it('joins the prefixes of several adapters in order', async () => {
    const prefix = (value: number): PeftMethod<ShiftConfig> => ({
      ...shift,
      hooks: () => ({
        attention: (_, call) => ({
          ...call,
          prefix: { key: tf.fill([1, 2, 4], value), value: tf.fill([1, 2, 4], -value) },
        }),
      }),
    });
    const site = model.spec.sites.find((candidate) => candidate.kind === 'attention');
    if (site?.kind !== 'attention') throw new Error('the model has attention');
    const call = {
      query: tf.zeros([1, 1, 4, 4]),
      key: tf.zeros([1, 1, 2, 4]),
      value: tf.zeros([1, 1, 2, 4]),
    };
    const result = bound([await make('one', {}, prefix(1)), await make('two', {}, prefix(2))])
      .attention!(site, call);
    expect(result.prefix?.key.shape).toEqual([2, 2, 4]);
    expect([...result.prefix!.value.dataSync()].filter((_, i) => i % 4 === 0)).toEqual([
      -1, -1, -2, -2,
    ]);
  });

  it('names a tensor that was not fed', async () => {
    const adapter = await make('one', { base: ['model.norm.weight'] });
    expect(() => composeHooks([{ adapter }])({}, { training: false })).toThrow(
      'was not fed "one/model.norm.weight"',
    );
  });

  it('drops nothing outside training, and asks for a seed within', async () => {
    const dropping: PeftMethod<ShiftConfig> = {
      ...shift,
      hooks: ({ dropout }) => ({ sublayer: (_, { output }) => dropout(output, 0.5, 'here') }),
    };
    const site = model.spec.sites.find((candidate) => candidate.kind === 'sublayer');
    if (site?.kind !== 'sublayer') throw new Error('the model has sub-layers');
    const x = tf.ones([4]);
    const adapter = await make('one', {}, dropping);
    expect(bound([adapter]).sublayer!(site, passing(x))).toBe(x);
    expect(() => bound([adapter], true).sublayer!(site, passing(x))).toThrow('was given no seed');
  });

  it('does nothing for an adapter that is switched off', async () => {
    const ids = [[1, 2, 3]];
    const placed = await placeModel(model, device);
    const off = await adapterLogits({
      placed,
      ids,
      adapters: [{ adapter: await make('one', { start: 1 }), active: false }],
    });
    const none = await adapterLogits({ placed, ids, adapters: [] });
    expect(off.data).toEqual(none.data);
  });
});

describe('composePenalty', () => {
  it('sums the penalties of the active adapters', async () => {
    const penal: PeftMethod<ShiftConfig> = {
      ...shift,
      penalty: ({ parameter }) => tf.sum(parameter('shift')) as tf.Scalar,
    };
    const adapters = [
      await make('one', { start: 1 }, penal),
      await make('two', { start: 2 }),
      await make('three', { start: 3 }, penal),
    ];
    const tensors = Object.fromEntries(
      Object.entries(adapterFeeds(adapters)).map(([name, { data }]) => [
        name,
        tf.tensor1d(data as Float32Array),
      ]),
    );
    const penalty = composePenalty(adapters.map((adapter) => ({ adapter })));
    expect(penalty!(tensors, { training: true }).dataSync()[0]).toBe(16 + 48);
    expect(composePenalty([{ adapter: adapters[1]! }])).toBeUndefined();
  });
});

describe('parameters of an adapter', () => {
  it('are fed under the adapter, counted and taken back', async () => {
    const adapter = await make('one', { base: ['model.norm.weight'] });
    expect(trainableFeeds([adapter])).toEqual(['one/shift', 'one/model.norm.weight']);
    expect(parameterCount(adapter.plan, model.spec)).toBe(32);
    const shifted = { shape: [16], dtype: 'float32' as const, data: new Float32Array(16).fill(2) };
    const updated = withFeeds(adapter, {
      'one/shift': shifted,
      'two/shift': adapter.parameters['shift']!,
    });
    expect(updated.parameters['shift']).toBe(shifted);
    expect(updated.parameters['model.norm.weight']).toBe(adapter.parameters['model.norm.weight']);
  });

  it('of a frozen tensor are fed and not trained', async () => {
    const frozen: PeftMethod<ShiftConfig> = {
      ...shift,
      plan: (spec, config) => {
        const plan = shift.plan(spec, config);
        return { ...plan, tensors: plan.tensors.map((tensor) => ({ ...tensor, frozen: true })) };
      },
    };
    const adapter = await make('one', {}, frozen);
    expect(Object.keys(adapterFeeds([adapter]))).toEqual(['one/shift']);
    expect(trainableFeeds([adapter])).toEqual([]);
    expect(parameterCount(adapter.plan, model.spec)).toBe(0);
  });
});
