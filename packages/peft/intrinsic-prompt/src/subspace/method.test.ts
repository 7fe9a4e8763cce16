import { describe, expect, it } from 'vitest';
import { composePenalty, createAdapter, createArtifacts } from '@tunesmith/peft';
import type { Artifacts } from '@tunesmith/peft';
import { testPeftMethod, tinyModel } from '@tunesmith/testing';
import { openDevice } from '@tunesmith/runtime/node';
import type { HostTensor } from '@tunesmith/runtime';
import { promptSubspace } from './method.ts';

/** Prompts of `count` vectors for so many tasks, each number another. */
function promptsOf(width: number, tasks: number, count = 2): Artifacts {
  const prompt = (task: number): HostTensor => ({
    shape: [count, width],
    dtype: 'float32',
    data: Float32Array.from({ length: count * width }, (_, i) => Math.sin(i + 7 * task)),
  });
  return createArtifacts({
    prompts: Array.from({ length: tasks }, (_, task) => async () => ({
      kind: 'tensors',
      tensors: { prompt_embeddings: prompt(task) },
      json: {},
    })),
  });
}

testPeftMethod({
  method: promptSubspace,
  config: { dimensions: 3, hidden: 5 },
  artifacts: ({ spec }) => promptsOf(spec.width, 3),
  records: [{ task_id: 2 }, { task_id: 0 }],
  effectAtStart: false,
  parameterCount: ({ width }) => 3 * (2 * width + 1) + 5 * (3 + 1) + 2 * width * (5 + 1),
});

const model = tinyModel('llama');
const make = (config: object, artifacts = promptsOf(model.spec.width, 3)) =>
  createAdapter({ model, method: promptSubspace, config, seed: 0, artifacts });

describe('the auto-encoder over prompts', () => {
  it('is as wide as the model inside, and squeezes to 250 numbers, as in the paper', async () => {
    const { parameters, config } = await make({});
    expect(parameters['encoder.weight']!.shape).toEqual([250, 24]);
    expect(parameters['decoder.hidden.weight']!.shape).toEqual([12, 250]);
    expect(parameters['decoder.output.weight']!.shape).toEqual([24, 12]);
    expect(config).toMatchObject({ reconstruction: 200, virtual_tokens: 2, tasks: 3 });
  });

  it('adds 200 times the mean squared error of what it reconstructs to the loss', async () => {
    const adapter = await make({ dimensions: 2 });
    const nothing = Object.fromEntries(
      Object.entries(adapter.parameters).map(([name, tensor]) => [
        `default/${name}`,
        name === 'prompts' ? tensor : { ...tensor, data: new Float32Array(tensor.data.length) },
      ]),
    );
    const device = await openDevice('cpu');
    const penalty = composePenalty([{ adapter }])!;
    const run = device.jit('penalty', (inputs) => ({
      penalty: penalty(inputs, { training: true }),
    }));
    const { data } = await device.read((await run(nothing))['penalty']!);
    await device.close();
    // An auto-encoder of zeros gives zeros, so that the error is the prompts' mean square.
    const prompts = Array.from(adapter.parameters['prompts']!.data);
    const square = prompts.reduce((sum, value) => sum + value * value, 0) / prompts.length;
    expect(data[0]).toBeCloseTo(200 * square, 3);
  });

  it.each([
    [{ tasks: 4 }, 'tasks is 4, and artifact "prompts" has 3'],
    [{ virtual_tokens: 5 }, 'virtual_tokens is 5, and artifact "prompts" has 2'],
  ])('is refused with %o', async (config, message) => {
    await expect(make(config)).rejects.toThrow(message);
  });

  it('needs prompts of this model', async () => {
    await expect(make({}, promptsOf(13, 2))).rejects.toThrow(
      'prompt 0 of artifact "prompts" is [2, 13]; accepted: prompts of one size on this model, [2, 12]',
    );
    await expect(make({}, createArtifacts({}))).rejects.toThrow(
      'there is no artifact named "prompts"',
    );
  });
});
