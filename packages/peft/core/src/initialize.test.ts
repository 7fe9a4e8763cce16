import { beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '@tunesmith/models';
import type { Init } from './plan.ts';
import { initialize } from './initialize.ts';
import { baseModel } from './test-support/base-models.ts';

let model: Model;
beforeAll(async () => {
  model = await baseModel('llama');
});

const draw = async (
  init: Init,
  shape: readonly number[] = [40, 50],
  name = 't',
  seed = 0,
): Promise<Float32Array> =>
  (await initialize({ name, shape, init }, model, seed)).data as Float32Array;

function moments(data: Float32Array): { mean: number; deviation: number; most: number } {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  return {
    mean,
    deviation: Math.sqrt(variance),
    most: data.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  };
}

describe('initialize', () => {
  it('gives the same values for the same seed and name, and others for another', async () => {
    const init: Init = { kind: 'normal', std: 1 };
    expect(await draw(init)).toEqual(await draw(init));
    expect(await draw(init, [40, 50], 'u')).not.toEqual(await draw(init));
    expect(await draw(init, [40, 50], 't', 1)).not.toEqual(await draw(init));
  });

  it('fills with zeros or a constant', async () => {
    expect(await draw({ kind: 'zeros' }, [2])).toEqual(Float32Array.of(0, 0));
    expect(await draw({ kind: 'constant', value: 1.5 }, [2])).toEqual(Float32Array.of(1.5, 1.5));
  });

  it('draws a normal of the given deviation', async () => {
    const { mean, deviation, most } = moments(await draw({ kind: 'normal', std: 0.5 }));
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(deviation).toBeCloseTo(0.5, 1);
    expect(most).toBeGreaterThan(1);
  });

  it('cuts a truncated normal at two deviations', async () => {
    const { deviation, most } = moments(await draw({ kind: 'truncated-normal', std: 0.5 }));
    expect(most).toBeLessThanOrEqual(1);
    // A normal cut at ±2 keeps 0.88 of its deviation.
    expect(deviation).toBeCloseTo(0.44, 1);
  });

  it('draws uniform values up to the bound, and up to 1/√fanIn', async () => {
    expect(moments(await draw({ kind: 'uniform', bound: 3 })).most).toBeGreaterThan(2.9);
    expect(moments(await draw({ kind: 'uniform', bound: 3 })).most).toBeLessThanOrEqual(3);
    const { most, deviation } = moments(await draw({ kind: 'kaiming-uniform', fanIn: 64 }));
    expect(most).toBeLessThanOrEqual(0.125);
    expect(deviation).toBeCloseTo(0.125 / Math.sqrt(3), 2);
  });

  it('matches the deviation of a base tensor', async () => {
    const table = moments(
      (await model.weights.read('model.embed_tokens.weight')).data as Float32Array,
    );
    const drawn = moments(await draw({ kind: 'matching-normal', of: 'model.embed_tokens.weight' }));
    expect(drawn.deviation / table.deviation).toBeCloseTo(1, 1);
  });

  it('takes the named rows of a base tensor', async () => {
    const table = (await model.weights.read('model.embed_tokens.weight')).data;
    const rows = await draw(
      { kind: 'rows', of: 'model.embed_tokens.weight', ids: [3, 3, 63] },
      [3, 16],
    );
    expect(rows).toEqual(
      Float32Array.of(...table.slice(48, 64), ...table.slice(48, 64), ...table.slice(1008, 1024)),
    );
  });

  it('takes distinct rows at random where none are named', async () => {
    const rows = await draw({ kind: 'rows', of: 'model.embed_tokens.weight' }, [64, 16]);
    const firsts = new Set(Array.from({ length: 64 }, (_, row) => rows[row * 16]));
    expect(firsts.size).toBe(64);
  });

  it('copies and computes from base tensors', async () => {
    const norm = (await model.weights.read('model.norm.weight')).data;
    expect(await draw({ kind: 'copy', of: 'model.norm.weight' }, [16])).toEqual(norm);
    const doubled = await draw(
      {
        kind: 'computed',
        of: ['model.norm.weight'],
        compute: ({ base }) =>
          Float32Array.from(base('model.norm.weight').data, (value) => 2 * value),
      },
      [16],
    );
    expect(doubled).toEqual(Float32Array.from(norm, (value) => 2 * value));
  });

  it('names a base tensor that does not exist or does not fit', async () => {
    await expect(draw({ kind: 'copy', of: 'nowhere' })).rejects.toThrow(
      'there is no base tensor "nowhere" in the model',
    );
    await expect(draw({ kind: 'copy', of: 'model.norm.weight' }, [4])).rejects.toThrow(
      'tensor "t" [4] cannot start from 16 values',
    );
    await expect(
      draw({ kind: 'rows', of: 'model.embed_tokens.weight', ids: [64] }, [1, 16]),
    ).rejects.toThrow('row 64 of');
    await expect(draw({ kind: 'rows', of: 'model.embed_tokens.weight' }, [1, 15])).rejects.toThrow(
      '[64, 16]',
    );
  });
});
