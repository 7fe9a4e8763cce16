import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lora } from '@tunesmith/lora';
import { createAdapter } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device } from '@tunesmith/runtime';
import type { RunEvent, Tokenized } from '@tunesmith/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTokenStream } from '../node/token-stream.ts';
import { countingStream, temporaryFolder, tinyLlama } from '../../test-support/tiny.ts';
import type { EvaluationOutcome } from './options.ts';
import type { Schedule } from '../optimize/schedule.ts';
import { train, type FolderTrainOptions } from '../node/train.ts';
import { memoryCheckpoints } from '../checkpoint/memory-checkpoints.ts';
import * as pure from './train.ts';

const model = tinyLlama();
const adapter = await createAdapter({ model, method: lora, seed: 1 });
const records = Array.from({ length: 10 }, (_, row): Tokenized => {
  const ids = Array.from({ length: 8 }, (_, i) => (row + i) % 32);
  return { id: `example ${row}`, input_ids: ids, labels: ids };
});
let device: Device;
beforeAll(async () => {
  device = await openDevice('cpu');
});
afterAll(() => device.close());

const base = (): FolderTrainOptions => ({
  model,
  adapters: [adapter],
  data: records,
  device,
  seed: 1,
  training: { steps: 6, batch_size: 2, max_length: 8, packing: false },
});

async function events(options: Partial<FolderTrainOptions>): Promise<RunEvent[]> {
  const seen: RunEvent[] = [];
  await train({ ...base(), ...options, onEvent: (event) => seen.push(event) });
  return seen;
}

test('a llama trained from scratch on a token stream learns it, with every tensor moving', async () => {
  const data = openTokenStream({
    path: await countingStream(await temporaryFolder(), 400),
    tokens: 16,
  });
  const losses: number[] = [];
  const result = await train({
    model,
    full: true,
    data,
    device,
    seed: 1,
    training: {
      steps: 40,
      batch_size: 2,
      optimizer: { learning_rate: 1e-2 },
      schedule: { name: 'constant' },
    },
    onEvent: (event) => event.type === 'step' && losses.push(event.loss),
  });
  data.close?.();
  expect(losses[0]).toBeGreaterThan(3);
  expect(losses.at(-1)).toBeLessThan(1.5);
  for (const name of model.weights.names) {
    const before = await model.weights.read(name);
    expect((await result.model.weights.read(name)).data, name).not.toEqual(before.data);
  }
});

test('the untied head is a tensor of its own, and trains', async () => {
  const untied = tinyLlama({ tied: false });
  const { parameters } = await train({ ...base(), model: untied, adapters: [], full: true });
  const before = await untied.weights.read('lm_head.weight');
  expect(parameters['lm_head.weight']!.data).not.toEqual(before.data);
});

test('the run begins with what trains and the first batch decoded with its mask', async () => {
  const [start] = await events({});
  expect(start).toMatchObject({
    type: 'start',
    steps: 6,
    device: 'cpu',
    seed: 1,
    trainable_parameters: 2 * (8 * 16 * 2 + 8 * 16 + 8 * 8),
    examples: 10,
  });
  const { first_batch } = start as unknown as {
    first_batch: { row: number; segments: { text: string; supervised: boolean }[] }[];
  };
  expect(first_batch).toHaveLength(2);
  expect(first_batch[0]!.segments.map((segment) => segment.supervised)).toEqual([false, true]);
});

test.each([NaN, -1, Infinity, '1', undefined])(
  'a schedule that gives %o ends the run before the step',
  async (factor) => {
    const wrong: Schedule = {
      specVersion: 2,
      name: 'wrong',
      description: 'Gives what it is told to.',
      create: () => () => factor as number,
    };
    const training = { ...base().training, schedule: { name: 'wrong' } };
    await expect(events({ training, plugins: { schedules: [wrong] } })).rejects.toThrow(
      /the schedule "wrong" gave .* for step 1; accepted: a number of at least 0/,
    );
  },
);

test('epochs see every example once each, and the last step of each takes what is left', async () => {
  const seen = await events({
    training: { epochs: 2, batch_size: 3, max_length: 8, packing: false },
  });
  const steps = seen.filter((event) => event.type === 'step');
  expect(steps.map((step) => step.supervised_tokens)).toEqual([21, 21, 21, 7, 21, 21, 21, 7]);
  expect([steps[3]!.epoch, steps.at(-1)!.epoch]).toEqual([1, 2]);
});

test('one step over three micro-batches moves like one step over one batch of the same rows', async () => {
  const settings = { steps: 3, max_length: 8, packing: false, shuffle: false } as const;
  const whole = await train({ ...base(), training: { ...settings, batch_size: 3 } });
  const parts = await train({
    ...base(),
    training: { ...settings, batch_size: 1, gradient_accumulation: 3 },
  });
  for (const [name, { data }] of Object.entries(whole.parameters)) {
    const worst = Math.max(
      ...Array.from(data, (value, i) => Math.abs(value - parts.parameters[name]!.data[i]!)),
    );
    expect(worst, name).toBeLessThan(1e-6);
  }
});

describe('a run that cannot go well', () => {
  test('stops with the step that is not finite, before applying it', async () => {
    const huge = {
      steps: 20,
      batch_size: 2,
      max_length: 8,
      max_grad_norm: 0,
      optimizer: { name: 'sgd', learning_rate: 1e30 },
    };
    await expect(train({ ...base(), adapters: [], full: true, training: huge })).rejects.toThrow(
      /step \d+: loss .*, gradient norm (NaN|Infinity); the step was not applied/,
    );
  });

  test('is refused for a maximum length beyond the positions of the model', async () => {
    await expect(train({ ...base(), training: { steps: 1, max_length: 65 } })).rejects.toThrow(
      /rows reach position 65 and the model has 64/,
    );
  });

  test('is refused for ids that are not in the vocabulary', async () => {
    const foreign = [{ id: 'x', input_ids: [1, 32], labels: [1, 32] }];
    await expect(train({ ...base(), data: foreign })).rejects.toThrow(
      /row 0 of the data holds token id 32.*0 to 31/,
    );
  });

  test('is refused without anything to train, or with too much', async () => {
    await expect(train({ ...base(), adapters: [] })).rejects.toThrow(
      /no adapter is given and full is not set/,
    );
    await expect(train({ ...base(), full: true })).rejects.toThrow(/both asked for/);
  });

  test('is refused for a setting that does not exist, with the nearest that does', async () => {
    await expect(
      train({ ...base(), training: { steps: 1, optimizer: { name: 'adamW' } } }),
    ).rejects.toThrow(/"adamW".*nearest: "adamw"/);
    await expect(train({ ...base(), training: { step: 1 } as object })).rejects.toThrow(
      /nearest: "steps"/,
    );
  });
});

describe('checkpoints', () => {
  test('are written as often as asked, the newest kept, and at the end', async () => {
    const directory = await temporaryFolder();
    const training = { ...base().training, steps: 7, checkpoint_every: 2, keep_checkpoints: 2 };
    const seen = await events({ directory, training });
    expect(seen.flatMap((event) => (event.type === 'checkpoint' ? [event.step] : []))).toEqual([
      2, 4, 6, 7,
    ]);
    expect(seen.find((event) => event.type === 'checkpoint')?.path).toBe(
      join('checkpoints', 'step-00000002'),
    );
    expect(await readdir(join(directory, 'checkpoints'))).toEqual([
      'step-00000006',
      'step-00000007',
    ]);
  });

  test('are written when the run is interrupted, and the run goes on from there', async () => {
    const directory = await temporaryFolder();
    const stop = new AbortController();
    const first = await train({
      ...base(),
      directory,
      signal: stop.signal,
      onEvent: (event) => event.type === 'step' && event.step === 3 && stop.abort(),
    });
    expect([first.reason, first.step]).toEqual(['interrupted', 3]);
    const rest = await events({ directory, resume: true });
    expect(rest.flatMap((event) => (event.type === 'step' ? [event.step] : []))).toEqual([4, 5, 6]);
  });

  test('carry a pretraining run over an interruption without a bit of difference', async () => {
    const path = await countingStream(await temporaryFolder(), 400);
    const pretraining = {
      ...base(),
      adapters: [],
      full: true,
      training: { steps: 6, batch_size: 2, optimizer: { decay_exclude: ['norm.weight'] } },
    };
    const run = async (options: Partial<FolderTrainOptions>) => {
      const data = openTokenStream({ path, tokens: 16 });
      const result = await train({ ...pretraining, data, ...options });
      data.close?.();
      return result;
    };
    const whole = await run({});
    const directory = await temporaryFolder();
    const stop = new AbortController();
    const onEvent = (event: RunEvent): void => {
      if (event.type === 'step' && event.step === 2) stop.abort();
    };
    await run({ directory, signal: stop.signal, onEvent });
    const resumed = await run({ directory, resume: true });
    expect(resumed.parameters).toEqual(whole.parameters);
  });

  test('in memory carry a run over an interruption without a bit of difference', async () => {
    const training = { ...base().training, checkpoint_every: 1, keep_checkpoints: 1 };
    const whole = await pure.train({ ...base(), training });
    const checkpoints = memoryCheckpoints();
    const stop = new AbortController();
    const paths: (string | undefined)[] = [];
    await pure.train({
      ...base(),
      training,
      checkpoints,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 3) stop.abort();
        if (event.type === 'checkpoint') paths.push(event.path);
      },
    });
    expect(paths.at(-1)).toBe('checkpoints/step-00000003');
    await expect(pure.train({ ...base(), training, checkpoints })).rejects.toThrow(
      /step-00000003 is a checkpoint of an earlier run/,
    );
    await expect(
      pure.train({ ...base(), training, seed: 2, checkpoints, resume: true }),
    ).rejects.toThrow(/seed was 1 and is 2/);
    const resumed = await pure.train({ ...base(), training, checkpoints, resume: true });
    expect(resumed.parameters).toEqual(whole.parameters);
  });

  test('in memory hold the best parameters', async () => {
    let evaluations = 0;
    const values = [3, 1, 2];
    const seen: Float32Array[] = [];
    const result = await pure.train({
      ...base(),
      checkpoints: memoryCheckpoints(),
      evaluation: {
        every: 2,
        keepBest: true,
        async run(context) {
          const value = values[evaluations++]!;
          seen.push(Float32Array.from(Object.values(await context.parameters())[0]!.data));
          return { results: [], watch: { metric: 'anything', value } };
        },
      },
    });
    expect(result.best).toEqual({ step: 4, metric: 'anything', value: 1 });
    expect(Object.values(result.parameters)[0]!.data).toEqual(seen[1]);
  });

  test('of an earlier run are never overwritten by a new one', async () => {
    const directory = await temporaryFolder();
    await train({ ...base(), directory });
    await expect(train({ ...base(), directory })).rejects.toThrow(
      /step-00000006 is a checkpoint of an earlier run.*resume: true/,
    );
  });

  test('of another run are refused with what differs', async () => {
    const directory = await temporaryFolder();
    await train({ ...base(), directory });
    const training = { ...base().training, optimizer: { learning_rate: 1e-3 } };
    await expect(train({ ...base(), directory, training, resume: true })).rejects.toThrow(
      /training\.optimizer\.learning_rate was 0\.0002 and is 0\.001/,
    );
    await expect(
      train({ ...base(), directory, data: records.slice(1), resume: true }),
    ).rejects.toThrow(/data\.rows was 10 and is 9/);
  });
});

describe('evaluation', () => {
  const watched = (values: number[]) => {
    let index = 0;
    return async (): Promise<EvaluationOutcome> => {
      const value = values[index++]!;
      return {
        results: [{ task: 'heldout', scores: { anything: { value } } }],
        watch: { metric: 'anything', value },
      };
    };
  };

  test('keeps the best parameters and gives them back', async () => {
    const directory = await temporaryFolder();
    const snapshots: Float32Array[] = [];
    const run = watched([3, 1, 2]);
    const name = 'default/model.layers.0.self_attn.q_proj.lora_A.weight';
    const result = await train({
      ...base(),
      directory,
      evaluation: {
        every: 2,
        keepBest: true,
        run: async (context) => {
          const parameters = await context.parameters();
          snapshots.push(
            Float32Array.from((parameters[name] ?? Object.values(parameters)[0])!.data),
          );
          return run();
        },
      },
    });
    expect(result.best).toEqual({ step: 4, metric: 'anything', value: 1 });
    expect((result.parameters[name] ?? Object.values(result.parameters)[0])!.data).toEqual(
      snapshots[1],
    );
    expect(await readdir(join(directory, 'best'))).toEqual(['step-00000004']);
  });

  test('stops the run when the watched number no longer improves', async () => {
    const seen = await events({
      evaluation: { every: 1, earlyStopping: { patience: 2 }, run: watched([3, 4, 5, 6, 7, 8]) },
    });
    expect(seen.at(-1)).toMatchObject({ type: 'end', step: 3, reason: 'early-stopping' });
  });

  test('measures the loss of held-out rows as training would', async () => {
    const losses: number[] = [];
    const seen = await events({
      training: {
        steps: 1,
        batch_size: 10,
        max_length: 8,
        packing: false,
        shuffle: false,
        optimizer: { learning_rate: 1e-30 },
      },
      evaluation: {
        every: 1,
        run: async ({ measure }) => {
          const data = openTokenStream({
            path: await countingStream(await temporaryFolder(), 65),
            tokens: 16,
          });
          const { loss, n } = await measure(data);
          losses.push(loss, n);
          data.close?.();
          return { results: [] };
        },
      },
    });
    expect(losses[1]).toBe(64);
    expect(Math.abs(losses[0]! - Math.log(32))).toBeLessThan(0.5);
    expect(seen.some((event) => event.type === 'evaluation')).toBe(false);
  });
});
