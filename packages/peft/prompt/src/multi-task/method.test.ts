import { describe, expect, it } from 'vitest';
import { createAdapter, createArtifacts } from '@tunesmith/peft';
import type { Adapter } from '@tunesmith/peft';
import { perturbed, testPeftMethod, tinyModel } from '@tunesmith/testing';
import { multiTaskPromptTuning } from './method.ts';

testPeftMethod({
  method: multiTaskPromptTuning,
  models: ['llama', 'gpt2', 'bert', 't5'],
  config: { virtual_tokens: 3, tasks: 4, ranks: 2 },
  records: [{ task_id: 2 }, { task_id: 0 }],
  effectAtStart: false,
  parameterCount: ({ width }) => 3 * width + 4 * 2 * (3 + width),
});

testPeftMethod({
  method: multiTaskPromptTuning,
  config: { virtual_tokens: 3 },
  label: 'of one task',
  models: ['gpt2'],
  effectAtStart: false,
  parameterCount: ({ width }) => 3 * width + (3 + width),
});

const model = tinyModel('llama');
const make = (config: object, source?: Adapter) =>
  createAdapter({
    model,
    method: multiTaskPromptTuning,
    config: { virtual_tokens: 2, ranks: 2, ...config },
    seed: 0,
    ...(source
      ? {
          artifacts: createArtifacts({
            source: [async () => ({ kind: 'adapter', adapter: source })],
          }),
        }
      : {}),
  });

describe('a prompt of several tasks', () => {
  it('starts each task near the shared prompt', async () => {
    const { parameters } = await make({ tasks: 3 });
    const cols = parameters['prefix_task_cols']!.data;
    const rows = parameters['prefix_task_rows']!.data;
    // Ranks lie side by side in the columns, one below the other in the rows of width 12.
    expect(cols[0]).toBeCloseTo(1, 0);
    expect(Math.abs(cols[1]!)).toBeLessThan(0.1);
    expect(rows[5]).toBeCloseTo(1, 0);
    expect(Math.abs(rows[12 + 5]!)).toBeLessThan(0.1);
    expect(rows[24 + 5]).toBeCloseTo(1, 0);
  });
});

describe('a prompt from source tasks', () => {
  const source = async (): Promise<Adapter> =>
    perturbed(await make({ tasks: 3 })) as unknown as Adapter;

  it('takes the mean of the factors', async () => {
    const from = await source();
    const target = await make({ init: 'average-source-tasks' }, from);
    expect(target.parameters['prompt_embeddings']).toEqual(from.parameters['prompt_embeddings']);
    const { data } = from.parameters['prefix_task_cols']!;
    expect(target.parameters['prefix_task_cols']!.shape).toEqual([1, 2, 2]);
    expect(target.parameters['prefix_task_cols']!.data[1]).toBeCloseTo(
      (data[1]! + data[4 + 1]! + data[8 + 1]!) / 3,
      6,
    );
  });

  it('takes the factors of one task', async () => {
    const from = await source();
    const target = await make({ init: 'exact-source-task', source_task: 1 }, from);
    expect(target.parameters['prefix_task_cols']!.data).toEqual(
      from.parameters['prefix_task_cols']!.data.slice(4, 8),
    );
  });

  it('takes the shared prompt alone', async () => {
    const from = await source();
    const target = await make({ init: 'only-source-shared', ranks: 1, tasks: 2 }, from);
    expect(target.parameters['prompt_embeddings']).toEqual(from.parameters['prompt_embeddings']);
    expect(target.parameters['prefix_task_cols']!.shape).toEqual([2, 2, 1]);
  });

  it.each([
    [{ init: 'average-source-tasks', tasks: 2 }, 'the prompt is for 2 tasks; accepted: tasks: 1'],
    [
      { init: 'average-source-tasks', virtual_tokens: 3 },
      'has a prompt [2, 12]; accepted: [3, 12]',
    ],
    [{ init: 'average-source-tasks', ranks: 1 }, 'has factors of rank 2, and ranks is 1'],
    [{ init: 'exact-source-task', source_task: 3 }, 'source_task is 3'],
    [{ init: 'only-source-shared', text: 'a' }, 'text is given'],
  ])('is refused with %o', async (config, message) => {
    await expect(make(config, await source())).rejects.toThrow(message);
  });

  it('needs the artifact that it starts from', async () => {
    await expect(make({ init: 'average-source-tasks' })).rejects.toThrow(
      'there is no artifact named "source"',
    );
  });
});
