import { describe, expect, it } from 'vitest';
import { createAdapter } from '@tunesmith/peft';
import { testPeftMethod, tinyModel } from '@tunesmith/testing';
import { intrinsicDimension } from './method.ts';

testPeftMethod({
  method: intrinsicDimension,
  config: { dimensions: 24, save_projection: true },
  parameterCount: () => 24,
});

testPeftMethod({
  method: intrinsicDimension,
  label: 'dense, without structure',
  config: { dimensions: 6, projection: 'dense', structure: false, save_projection: true },
  models: ['llama', 'qwen2'],
  parameterCount: () => 6,
});

const model = tinyModel('llama');
const make = (config: object, seed = 0) =>
  createAdapter({ model, method: intrinsicDimension, config, seed });

describe('a random subspace of all parameters', () => {
  it('has a scale for each layer: two blocks, the table, the last norm and the head', async () => {
    const { parameters } = await make({ dimensions: 24 });
    expect(parameters['scales']!.data).toEqual(new Float32Array(5).fill(1));
    expect(parameters['coordinates']!.data).toEqual(new Float32Array(19));
  });

  it('follows from its own seed, whatever that of the run', async () => {
    const one = await make({ dimensions: 24 }, 1);
    expect((await make({ dimensions: 24 }, 2)).parameters).toEqual(one.parameters);
    const other = await make({ dimensions: 24, projection_seed: 1 }, 1);
    expect(other.parameters).not.toEqual(one.parameters);
  });

  it('is refused where the scales leave no dimension', async () => {
    await expect(make({ dimensions: 5 })).rejects.toThrow(
      'dimensions is 5, and 5 of them scale layers; accepted: more than 5, or structure: false',
    );
  });
});
