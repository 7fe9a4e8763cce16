import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TunesmithError } from '@tunesmith/schema';
import type { Meta } from '@tunesmith/schema';
import { placeModel, readEveryWeight } from '@tunesmith/models';
import { readSafetensors, writeSafetensors } from '@tunesmith/models/node';
import type { Model, ModelSpec, PlacedModel, RecordMeta } from '@tunesmith/models';
import {
  adapterFeeds,
  adapterLogits,
  composeAfterUpdate,
  createAdapter,
  feedName,
  largestDifference,
  mergeAdapter,
  parameterCount,
  plannedStates,
  trainableFeeds,
} from '@tunesmith/peft';
import { loadAdapter, saveAdapter } from '@tunesmith/peft/node';
import type { Adapter, AdapterSwitch, PeftMethod } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device, HostTensor } from '@tunesmith/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel, tinyModelNames } from './models/tiny-model.ts';
import type { TinyModelName } from './models/tiny-model.ts';
import { lossAndGradients } from './peft/gradients.ts';
import { perturbed } from './peft/perturb.ts';
import { testPlugin } from './test-plugin.ts';
import { updatedOn } from './peft/updated-on.ts';

/** What is to be shown of a method. */
export interface PeftMethodSuite<Config extends object> {
  readonly method: PeftMethod<Config>;
  /** Settings as a recipe would hold them, without dropout. */
  readonly config?: object;
  /** What distinguishes this configuration, for the name of the suite. */
  readonly label?: string;
  /** The method's own formula for the numbers that train. */
  readonly parameterCount: (model: ModelSpec, config: Config) => number;
  /**
   * How far logits of a fresh adapter may be from the base's: 0 by default. `false` for methods whose virtual tokens are
   * attended to from the start.
   */
  readonly effectAtStart?: number | false;
  /** Whether a merge into a model is possible; by default wherever the method has `merge`. */
  readonly mergeable?: (model: ModelSpec) => boolean;
  /** The `meta` of two records, where the method reads of records: with other numbers the model does otherwise. */
  readonly records?: readonly [Meta, Meta];
  /** Which tiny models to try; all by default. */
  readonly models?: readonly TinyModelName[];
}

const ids = [
  [3, 14, 15, 9, 26, 5],
  [28, 0, 1, 2, 27, 18],
];

/**
 * The suite that every parameter-efficient method passes, built in or not. Call it at the top level of a test file.
 *
 * On tiny models of several architectures: a fresh adapter has no effect, and is the same for the same seed; exactly the
 * planned tensors train and reach the loss, as many numbers as the method's formula says; files give the same adapter back
 * and refuse missing, extra and mis-shaped tensors; a merge equals the adapter; an adapter that is switched off leaves the
 * base bit for bit, and another adapter beside it changes nothing; records are read as planned, and updates change what is
 * planned; gradients agree with finite differences, and the
 * compiled device with the eager one.
 */
export function testPeftMethod<Config extends object>(suite: PeftMethodSuite<Config>): void {
  const { method, label } = suite;
  describe(`method ${method.name}${label ? ` (${label})` : ''}`, () => {
    testPlugin({ kind: 'method', value: method });

    describe.each(suite.models ?? tinyModelNames)('on %s', (name) =>
      onModel(suite, tinyModel(name)),
    );
  });
}

function onModel<Config extends object>(suite: PeftMethodSuite<Config>, model: Model): void {
  const { method, config = {} } = suite;
  const create = (seed: number, name = 'default'): Promise<Adapter<Config>> =>
    createAdapter({ model, method, config, seed, name });
  const trained = async (name = 'default', seed = 1): Promise<Adapter<Config>> =>
    perturbed(await create(0, name), 0.1, seed);
  const records = (suite.records ?? []).map((meta, row) => ({ id: `${row}`, meta }));
  let eager: Device;
  let placed: PlacedModel;
  let directory: string;
  const run = (...adapters: AdapterSwitch[]): Promise<HostTensor> =>
    adapterLogits({ placed, adapters, ids, records });

  beforeAll(async () => {
    eager = await openDevice('tfjs-cpu');
    placed = await placeModel(model, eager);
    directory = await mkdtemp(join(tmpdir(), 'peft-method-'));
  });
  afterAll(async () => {
    await eager.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('is the same adapter for the same seed', async () => {
    expect((await create(5)).parameters).toEqual((await create(5)).parameters);
  });

  it('has no effect before it is trained', async () => {
    const adapter = await create(0);
    if (suite.effectAtStart === false) {
      // Only virtual tokens may excuse an effect.
      expect(adapter.plan.virtualTokens?.count).toBeGreaterThan(0);
      return;
    }
    expect(largestDifference(await run({ adapter }), await run())).toBeLessThanOrEqual(
      suite.effectAtStart ?? 0,
    );
  });

  it('has an effect once trained', async () => {
    const tuned = await run({ adapter: await trained() });
    const base = await run();
    if (tuned.data.length === base.data.length)
      expect(largestDifference(tuned, base)).toBeGreaterThan(1e-4);
    else expect(tuned.data.length).toBeGreaterThan(base.data.length);
  });

  it('trains as many numbers as its formula says', async () => {
    const adapter = await create(0);
    expect(parameterCount(adapter.plan, model.spec)).toBe(
      suite.parameterCount(model.spec, adapter.config),
    );
  });

  it('trains exactly the planned tensors, and each reaches the loss', async () => {
    const adapter = await trained();
    const planned = [...adapter.plan.tensors.map((tensor) => tensor.name), ...adapter.plan.base];
    expect(Object.keys(adapter.parameters).sort()).toEqual([...planned].sort());
    const before = Object.entries(await readEveryWeight(model.weights)).map(
      ([name, tensor]) => [name, tensor.data.slice()] as const,
    );
    const { gradients } = await lossAndGradients(eager, model, adapter, ids, undefined, records);
    expect(Object.keys(gradients).sort()).toEqual(trainableFeeds([adapter]).sort());
    for (const [name, { data }] of Object.entries(gradients)) {
      expect(data.every(Number.isFinite), `gradient of ${name} is finite`).toBe(true);
      expect(
        data.some((value) => value !== 0),
        `gradient of ${name} is not zero`,
      ).toBe(true);
    }
    for (const [name, data] of before)
      expect((await model.weights.read(name)).data, name).toEqual(data);
  });

  it('has the gradients that finite differences give', async () => {
    const adapter = await trained();
    const { gradients } = await lossAndGradients(eager, model, adapter, ids, undefined, records);
    const norm = Math.hypot(...Object.values(gradients).flatMap(({ data }) => [...data]));
    // Along the gradient itself the slope is its norm.
    const at = async (factor: number): Promise<number> => {
      const parameters = Object.fromEntries(
        Object.entries(adapter.parameters).map(([name, { shape, data }]) => {
          const slope = gradients[feedName(adapter.name, name)]?.data;
          const moved = Float32Array.from(
            data,
            (value, i) => value + (factor * (slope?.[i] ?? 0)) / norm,
          );
          return [name, { shape, dtype: 'float32' as const, data: moved }];
        }),
      );
      return (await lossAndGradients(eager, model, adapter, ids, parameters, records)).loss;
    };
    // Five points: steps wide enough for float32's rounding then still leave out the third derivative.
    const step = 0.02;
    const near = (await at(step)) - (await at(-step));
    const far = (await at(2 * step)) - (await at(-2 * step));
    const slope = (8 * near - far) / (12 * step);
    expect(Math.abs(slope - norm) / norm).toBeLessThan(0.01);
  });

  it('gives the same on the compiled device as on the eager one', async () => {
    const compiled = await openDevice('cpu');
    const adapter = await trained();
    const one = await lossAndGradients(eager, model, adapter, ids, undefined, records);
    const other = await lossAndGradients(compiled, model, adapter, ids, undefined, records);
    expect(Math.abs(one.loss - other.loss)).toBeLessThan(1e-6);
    for (const [name, gradient] of Object.entries(one.gradients)) {
      expect(largestDifference(gradient, other.gradients[name]!), name).toBeLessThan(1e-5);
    }
    const there = await placeModel(model, compiled);
    const logits = await adapterLogits({ placed: there, adapters: [{ adapter }], ids, records });
    expect(largestDifference(logits, await run({ adapter }))).toBeLessThan(1e-5);
    await compiled.close();
  });

  it('reads of each record what its plan says, and nothing else', async () => {
    const adapter = await trained();
    const inputs = adapter.plan.inputs ?? [];
    if (inputs.length === 0) {
      expect(records, 'records are for methods that read them').toEqual([]);
      return;
    }
    const [first, second] = records;
    const logitsOf = (of: readonly RecordMeta[]): Promise<HostTensor> =>
      adapterLogits({ placed, adapters: [{ adapter }], ids, records: of });
    const [one, other] = [await logitsOf([first!, second!]), await logitsOf([first!, first!])];
    const half = one.data.length / 2;
    expect(one.data.slice(0, half)).toEqual(other.data.slice(0, half));
    expect(one.data.slice(half)).not.toEqual(other.data.slice(half));
    await expect(logitsOf([first!, { id: 'bare', meta: {} }])).rejects.toThrow(
      `record "bare" has no meta.${inputs[0]!.key}`,
    );
  });

  it('changes after an update only what trains and what it keeps, the same on every device', async () => {
    const adapter = await trained();
    const states = plannedStates([adapter]);
    const update = composeAfterUpdate([adapter]);
    expect(update === undefined, 'a state is for methods with afterUpdate').toBe(
      Object.keys(states).length === 0 && method.afterUpdate === undefined,
    );
    if (!update) return;
    const feeds = adapterFeeds([adapter]);
    const parameters = Object.fromEntries(
      trainableFeeds([adapter]).map((name) => [name, feeds[name]!]),
    );
    const kept = Object.fromEntries(
      Object.entries(states).map(([name, { shape }]): [string, HostTensor] => {
        const size = shape.reduce((count, length) => count * length, 1);
        return [name, { shape, dtype: 'float32', data: new Float32Array(size) }];
      }),
    );
    const compiled = await openDevice('cpu');
    const [one, two] = await Promise.all(
      [eager, compiled].map((device) => updatedOn(device, update, parameters, kept)),
    );
    await compiled.close();
    expect(Object.keys(one!).sort()).toEqual(
      [...Object.keys(parameters), ...Object.keys(states)].sort(),
    );
    for (const [name, tensor] of Object.entries(one!)) {
      expect(tensor.data.every(Number.isFinite), name).toBe(true);
      expect(largestDifference(tensor, two![name]!), name).toBeLessThan(1e-5);
    }
  });

  it('leaves the base bit for bit when it is switched off', async () => {
    expect((await run({ adapter: await trained(), active: false })).data).toEqual(
      (await run()).data,
    );
  });

  it('is not disturbed by another adapter of another name', async () => {
    const [one, other] = [await trained('one', 1), await trained('other', 2)];
    const alone = await run({ adapter: one });
    expect((await run({ adapter: one }, { adapter: other, active: false })).data).toEqual(
      alone.data,
    );
    const both = run({ adapter: one }, { adapter: other });
    if (one.plan.base.length > 0) {
      await expect(both).rejects.toThrow(/"one" and "other" both train a copy of/);
    } else {
      const together = await both;
      expect(together.data.every(Number.isFinite)).toBe(true);
      expect(together.data).not.toEqual(alone.data);
    }
  });

  it('comes back from its files, to the bit', async () => {
    const adapter = await trained();
    const folder = join(directory, 'saved');
    await saveAdapter(folder, adapter, { baseModel: 'tiny' });
    const loaded = await loadAdapter(folder, { model, methods: [method] });
    expect(loaded.name).toBe(adapter.name);
    expect(loaded.parameters).toEqual(adapter.parameters);
    expect((await run({ adapter: loaded })).data).toEqual((await run({ adapter })).data);
  });

  it('refuses files with a missing, an extra or a mis-shaped tensor, and names it', async () => {
    const folder = join(directory, 'damaged');
    await saveAdapter(folder, await trained(), { baseModel: 'tiny' });
    const path = join(folder, method.files.tensorFile);
    const { tensors, metadata } = await readSafetensors(path);
    expect(metadata).toEqual({ format: 'pt' });
    const [key = ''] = Object.keys(tensors);
    const { [key]: first, ...others } = tensors;
    const load = (): Promise<Adapter> => loadAdapter(folder, { model, methods: [method] });
    const wrong = { shape: [1, 2, 3], dtype: 'F32' as const, data: new Float32Array(6) };
    for (const [name, damaged] of [
      [key, others],
      ['surplus', { ...tensors, surplus: wrong }],
      [key, { ...tensors, [key]: wrong }],
    ] as const) {
      await writeSafetensors(path, damaged, metadata);
      const error: unknown = await load().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(TunesmithError.is(error) && error.code).toMatch(
        /^(adapter-tensors|invalid-adapter-configuration)$/,
      );
      expect(String(error)).toContain(`"${name}"`);
    }
    expect(first).toBeDefined();
  });

  const mergeable = method.merge !== undefined && suite.mergeable?.(model.spec) !== false;
  it(
    mergeable ? 'merges into a model that gives the same logits' : 'says that it cannot be merged',
    async () => {
      const adapter = await trained();
      const merging = mergeAdapter({ model, adapter, device: eager });
      if (!mergeable) {
        await expect(merging).rejects.toMatchObject({ code: 'cannot-merge' });
        return;
      }
      const merged = await placeModel(await merging, eager);
      const logits = await adapterLogits({ placed: merged, adapters: [], ids });
      expect(largestDifference(logits, await run({ adapter }))).toBeLessThan(1e-5);
    },
  );
}
