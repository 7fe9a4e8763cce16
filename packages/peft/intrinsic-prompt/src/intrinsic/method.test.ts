import { describe, expect, it } from 'vitest';
import { createAdapter, createArtifacts } from '@tunesmith/peft';
import type { Artifacts } from '@tunesmith/peft';
import { testPeftMethod, tinyModel } from '@tunesmith/testing';
import type { HostTensor } from '@tunesmith/runtime';
import { intrinsicPrompt } from './method.ts';

const tensor = (...shape: number[]): HostTensor => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.cos(i)),
});

/** What subspace finding leaves: 3 numbers, 5 inside, prompts of 2 vectors. */
const subspaceOf = (prompt: number): Artifacts =>
  createArtifacts({
    subspace: [
      async () => ({
        kind: 'tensors',
        json: {},
        tensors: {
          'decoder.hidden.weight': tensor(5, 3),
          'decoder.hidden.bias': tensor(5),
          'decoder.output.weight': tensor(prompt, 5),
          'decoder.output.bias': tensor(prompt),
        },
      }),
    ],
  });

testPeftMethod({
  method: intrinsicPrompt,
  artifacts: ({ spec }) => subspaceOf(2 * spec.width),
  effectAtStart: false,
  parameterCount: () => 3,
});

testPeftMethod({
  method: intrinsicPrompt,
  label: 'random decoder',
  config: { decoder: 'random', dimensions: 4, virtual_tokens: 2 },
  models: ['llama'],
  effectAtStart: false,
  parameterCount: () => 4,
});

const model = tinyModel('llama');
const make = (config: object, artifacts?: Artifacts) =>
  createAdapter({
    model,
    method: intrinsicPrompt,
    config,
    seed: 0,
    ...(artifacts ? { artifacts } : {}),
  });

describe('the second stage of intrinsic prompt tuning', () => {
  it('takes the decoder and its sizes from the first', async () => {
    const { parameters, config } = await make({}, subspaceOf(24));
    expect(config).toMatchObject({ dimensions: 3, hidden: 5, virtual_tokens: 2 });
    expect(parameters['decoder.output.weight']).toEqual(tensor(24, 5));
  });

  it('starts from numbers around 0, 0.02 wide', async () => {
    const { parameters } = await make({ decoder: 'random', dimensions: 4000, virtual_tokens: 2 });
    const values = Array.from(parameters['coordinates']!.data);
    const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.sqrt(square)).toBeCloseTo(0.02, 3);
  });

  it.each([
    [{ dimensions: 4 }, subspaceOf(24), 'dimensions is 4, and artifact "subspace" has 3'],
    [{}, subspaceOf(25), "gives prompts of 25 numbers, and the model's width is 12"],
    [{}, createArtifacts({}), 'there is no artifact named "subspace"'],
    [{ decoder: 'random', virtual_tokens: 64 }, undefined, '64 virtual tokens leave no room'],
  ])('is refused with %o', async (config, artifacts, message) => {
    await expect(make(config, artifacts)).rejects.toThrow(message);
  });
});
