import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createAdapter } from '@tunesmith/peft';
import type { Adapter, PeftMethod } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device } from '@tunesmith/runtime';
import type { StepEvent, Tokenized } from '@tunesmith/schema';
import { testPeftMethod } from '@tunesmith/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { vectorInBall, vectorOfTask } from '../../test-support/methods.ts';
import { temporaryFolder, tinyLlama } from '../../test-support/tiny.ts';
import { readCheckpoint } from '../node/checkpoint-folder.ts';
import type { TrainingInput } from './options.ts';
import { train } from '../node/train.ts';

testPeftMethod({
  method: vectorOfTask,
  models: ['llama'],
  records: [{ number: 0 }, { number: 2 }],
  parameterCount: ({ width }) => 3 * width,
});
testPeftMethod({
  method: vectorInBall,
  models: ['llama'],
  parameterCount: ({ width }) => width,
});

const model = tinyLlama();
/** Texts of three tasks: each repeats a token of its own, so that only the task's number tells which. */
const data = Array.from({ length: 12 }, (_, row): Tokenized => {
  const number = row % 3;
  const ids = [1, ...Array.from({ length: 3 + (row % 4) }, () => 10 + number)];
  return { id: `record-${row}`, input_ids: ids, labels: ids, meta: { number } };
});

let device: Device;
beforeAll(async () => {
  device = await openDevice('cpu');
});
afterAll(() => device.close());

async function run(
  methods: readonly PeftMethod[],
  options: {
    directory?: string;
    resume?: boolean;
    data?: Tokenized[];
    training?: TrainingInput;
    signal?: AbortSignal;
    onStep?: (event: StepEvent) => void;
  } = {},
) {
  const adapters: Adapter[] = [];
  for (const method of methods)
    adapters.push(await createAdapter({ model, method, name: method.name, seed: 3 }));
  const losses: number[] = [];
  const { onStep, training, ...rest } = options;
  const result = await train({
    model,
    adapters,
    data,
    device,
    seed: 5,
    ...rest,
    training: {
      steps: 6,
      batch_size: 2,
      max_length: 16,
      checkpoint_every: 3,
      packing: false,
      shuffle: false,
      optimizer: { learning_rate: 5e-2 },
      schedule: { name: 'constant' },
      ...training,
    },
    onEvent(event) {
      if (event.type !== 'step') return;
      losses.push(event.loss);
      onStep?.(event);
    },
  });
  return { losses, adapters: result.adapters };
}

function vectors(adapter: Adapter): Float32Array {
  return adapter.parameters['vectors']!.data as Float32Array;
}

test('only vectors of tasks that were seen move', async () => {
  const seen = data.filter(({ meta }) => meta?.['number'] !== 1);
  const { adapters } = await run([vectorOfTask], { data: seen });
  const { width } = model.spec;
  const rows = [0, 1, 2].map((task) =>
    vectors(adapters[0]!).slice(task * width, (task + 1) * width),
  );
  expect(rows.map((row) => row.some((value) => value !== 0))).toEqual([true, false, true]);
});

test('packed documents of several tasks learn what they learn in rows of their own', async () => {
  const training = { steps: 1, gradient_accumulation: 1, optimizer: { learning_rate: 1e-2 } };
  const apart = await run([vectorOfTask], { training: { ...training, batch_size: 12 } });
  const together = await run([vectorOfTask], {
    training: { ...training, batch_size: 12, packing: true },
  });
  expect(together.losses[0]).toBeCloseTo(apart.losses[0]!, 5);
  const [one, other] = [vectors(apart.adapters[0]!), vectors(together.adapters[0]!)];
  for (const [i, value] of one.entries()) expect(other[i]).toBeCloseTo(value, 3);
});

test('a record without what a method reads is named', async () => {
  const bare: Tokenized = { id: 'bare', input_ids: [1, 2], labels: [1, 2], meta: {} };
  await expect(run([vectorOfTask], { data: [...data, bare] })).rejects.toThrow(
    'record "bare" has no meta.number, which the method reads as "vector-of-task/task"; accepted: meta.number: a whole number from 0 below 3',
  );
  const far: Tokenized = { ...bare, id: 'far', meta: { number: 3 } };
  await expect(run([vectorOfTask], { data: [far] })).rejects.toThrow(
    'record "far" has meta.number 3',
  );
});

test.each([1, 2])(
  'what is projected after each update stays on its ball, and resumes to the bit (accumulation %i)',
  async (gradient_accumulation) => {
    const training = { gradient_accumulation };
    const directory = await temporaryFolder();
    const whole = await run([vectorInBall, vectorOfTask], { directory, training });
    const [ball] = whole.adapters;
    expect(Math.hypot(...vectors(ball!))).toBeCloseTo(0.05, 5);
    const last = join(directory, 'checkpoints', 'step-00000006');
    const { state = {} } = await readCheckpoint(last);
    const kept = state['kept/vector-in-ball/largest']!.data[0]!;
    expect(kept).toBeGreaterThan(0.06);

    await rm(last, { recursive: true });
    const resumed = await run([vectorInBall, vectorOfTask], { directory, training, resume: true });
    expect(resumed.losses).toEqual(whole.losses.slice(3));
    expect(resumed.adapters.map(vectors)).toEqual(whole.adapters.map(vectors));
    expect((await readCheckpoint(last)).state?.['kept/vector-in-ball/largest']!.data[0]).toBe(kept);
  },
);
