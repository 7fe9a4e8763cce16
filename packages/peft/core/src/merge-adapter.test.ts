import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { overlayWeights, roundToHalf } from '@tunesmith/models';
import type { Model } from '@tunesmith/models';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device } from '@tunesmith/runtime';
import type { Merged, PeftMethod } from './contract.ts';
import { createAdapter } from './create-adapter.ts';
import {
  checkStored,
  largestDifference,
  mergeAdapter,
  mergeAdapters,
  typicalDifference,
} from './merge-adapter.ts';
import type { MergedModel } from './merge-adapter.ts';
import { baseModel } from './test-support/base-models.ts';
import { shift } from './test-support/shift-method.ts';
import type { ShiftConfig } from './test-support/shift-method.ts';

let model: Model;
let device: Device;
beforeAll(async () => {
  model = await baseModel('llama');
  device = await openDevice('tfjs-cpu');
});
afterAll(() => device.close());

const merging = async (
  start: number,
  merge: (parameter: number) => Merged,
): Promise<MergedModel> => {
  const method: PeftMethod<ShiftConfig> = {
    ...shift,
    merge: ({ parameter }) => merge(parameter('shift').data[0] ?? 0),
  };
  const adapter = await createAdapter({
    model,
    method,
    config: { start, base: ['model.norm.weight'] },
    seed: 0,
  });
  const norm = adapter.parameters['model.norm.weight']!;
  const scaled = { ...norm, data: Float32Array.from(norm.data, (value) => 2 * value) };
  return mergeAdapter({
    model,
    adapter: { ...adapter, parameters: { ...adapter.parameters, 'model.norm.weight': scaled } },
    device,
  });
};

describe('mergeAdapter', () => {
  it('puts trained copies in place and shares the rest', async () => {
    const merged = await merging(0, () => ({ tensors: {} }));
    const first = async ({ weights }: Model, name: string) => (await weights.read(name)).data[0]!;
    expect(await first(merged, 'model.norm.weight')).toBe(
      2 * (await first(model, 'model.norm.weight')),
    );
    expect(await first(merged, 'lm_head.weight')).toBe(await first(model, 'lm_head.weight'));
    expect(merged.changed).toEqual(['model.norm.weight']);
  });

  it('refuses a merge whose logits differ, and says by how much', async () => {
    const wrong = merging(0.5, () => ({ tensors: {} }));
    await expect(wrong).rejects.toThrow(/merged and unmerged logits differ by \d\.\d+e[+-]\d+/);
    await expect(wrong).rejects.toMatchObject({ code: 'merge-disagrees', kind: 'failure' });
  });

  it('refuses a merge that gives tensors the model has no place for', async () => {
    const tensor = { shape: [1], dtype: 'float32' as const, data: new Float32Array(1) };
    await expect(merging(0, () => ({ tensors: { 'model.norm.bias': tensor } }))).rejects.toThrow(
      'gives a tensor "model.norm.bias" that the model\'s configuration has no place for',
    );
  });

  it('says which method cannot be merged', async () => {
    const adapter = await createAdapter({ model, method: shift, seed: 0 });
    await expect(mergeAdapter({ model, adapter, device })).rejects.toMatchObject({
      code: 'cannot-merge',
    });
  });
});

describe('mergeAdapters', () => {
  const norms = ['model.norm.weight', 'model.layers.0.input_layernorm.weight'] as const;
  /** Trains a copy of a norm, which is its own times a factor. */
  const scaling = async (name: string, norm: string, factor: number) => {
    const method: PeftMethod<ShiftConfig> = { ...shift, merge: () => ({ tensors: {} }) };
    const adapter = await createAdapter({ model, method, config: { base: [norm] }, name, seed: 0 });
    const copy = adapter.parameters[norm]!;
    const data = Float32Array.from(copy.data, (value) => factor * value);
    return { ...adapter, parameters: { ...adapter.parameters, [norm]: { ...copy, data } } };
  };

  it('folds all of them in, and compares with all of them at work', async () => {
    const adapters = [await scaling('a', norms[0], 2), await scaling('b', norms[1], 3)];
    const merged = await mergeAdapters({ model, adapters, device });
    expect([...merged.changed].toSorted()).toEqual([...norms].toSorted());
    for (const [i, norm] of norms.entries())
      expect((await merged.weights.read(norm)).data[0]).toBe(
        Math.fround((i + 2) * (await model.weights.read(norm)).data[0]!),
      );
  });

  it('hands each method what those before it made of the base', async () => {
    const [first, second] = [await scaling('a', norms[0], 2), await scaling('b', norms[1], 1)];
    const seen: number[] = [];
    const reads: PeftMethod<ShiftConfig> = {
      ...shift,
      merge: ({ base, model: { tensors } }) => ({
        tensors: {
          [norms[0]]: {
            shape: tensors[norms[0]]!.shape,
            async compute() {
              const tensor = await base(norms[0]);
              seen.push(tensor.data[0]!);
              return tensor;
            },
          },
        },
      }),
    };
    await mergeAdapters({ model, adapters: [first, { ...second, method: reads }], device });
    expect(seen[0]).toBe(2 * (await model.weights.read(norms[0])).data[0]!);
  });

  it('refuses two that train copies of one tensor, and one that cannot be merged', async () => {
    const [one, other] = [await scaling('a', norms[0], 2), await scaling('b', norms[0], 3)];
    await expect(mergeAdapters({ model, adapters: [one, other], device })).rejects.toMatchObject({
      code: 'base-conflict',
    });
    const alone = await createAdapter({ model, method: shift, name: 'c', seed: 0 });
    await expect(mergeAdapters({ model, adapters: [one, alone], device })).rejects.toThrow(
      'adapter "c" (shift) cannot be merged',
    );
  });
});

describe('checkStored', () => {
  const changed = (base: Model, change: (name: string, value: number) => number): Model => ({
    ...base,
    weights: overlayWeights(
      base.weights,
      Object.fromEntries(
        base.weights.names.map((name) => [
          name,
          {
            shape: base.weights.spec(name).shape,
            async compute() {
              const tensor = await base.weights.read(name);
              return {
                ...tensor,
                data: Float32Array.from(tensor.data, (value) => change(name, value)),
              };
            },
          },
        ]),
      ),
    ),
  });
  const asStored = (base: Model, dtype: 'float16' | 'bfloat16'): Model =>
    changed(base, (_, value) => roundToHalf(value, dtype));

  it.each(['llama', 'qwen2', 'gpt2'] as const)('lets the rounding of %s pass', async (family) => {
    const base = await baseModel(family);
    for (const dtype of ['float16', 'bfloat16'] as const)
      await checkStored({ model: base, stored: asStored(base, dtype), dtype, device });
    await checkStored({ model: base, stored: base, dtype: 'float32', device });
  });

  it('refuses weights that the type holds no digits of', async () => {
    // What one map takes away another one gives back: the model is as good, and out of float16's reach.
    const extreme = changed(model, (name, value) =>
      name.includes('v_proj')
        ? value * 2 ** -22
        : name.includes('o_proj')
          ? value * 2 ** 16
          : value,
    );
    const stored = asStored(extreme, 'float16');
    await expect(checkStored({ model: extreme, stored, dtype: 'float16', device })).rejects.toThrow(
      /stored as float16, its logits move by .*accepted: at most .*; float32 stores/,
    );
  });

  it('refuses what is not the model at all', async () => {
    const other = changed(model, (_, value) => value * 1.01);
    await expect(
      checkStored({ model, stored: other, dtype: 'float32', device }),
    ).rejects.toMatchObject({ code: 'merge-disagrees', kind: 'failure' });
  });
});

describe('largestDifference', () => {
  const tensor = (...values: number[]) => ({
    shape: [values.length],
    dtype: 'float32' as const,
    data: Float32Array.from(values),
  });

  it('is the largest absolute difference', () => {
    expect(largestDifference(tensor(1, -2, 3), tensor(1, 2, 2))).toBe(4);
  });

  it('is NaN for other shapes and where a value is NaN', () => {
    expect(largestDifference(tensor(1), tensor(1, 2))).toBeNaN();
    expect(largestDifference(tensor(Number.NaN, 1), tensor(1, 1))).toBeNaN();
  });
});

describe('typicalDifference', () => {
  /** Logits of 20 tokens over three words. */
  const logits = (changed: Readonly<Record<number, number>>) => {
    const data = Float32Array.from({ length: 60 }, (_, i) => i / 60);
    for (const [at, by] of Object.entries(changed)) data[Number(at)]! += by;
    return { dtype: 'float32', shape: [2, 10, 3], data } as const;
  };

  it('is what nine in ten tokens keep: single ones that rounding moves far do not count', () => {
    expect(typicalDifference(logits({}), logits({ 4: 5, 40: 5 }))).toBe(0);
    expect(typicalDifference(logits({}), logits({ 4: 5, 25: 2, 40: 5 }))).toBeCloseTo(2, 5);
  });

  it('is no number where one token has none, or shapes differ', () => {
    expect(typicalDifference(logits({}), logits({ 7: Number.NaN }))).toBeNaN();
    expect(typicalDifference(logits({}), { ...logits({}), shape: [20, 3] })).toBeNaN();
  });
});
