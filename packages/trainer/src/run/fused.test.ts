import { lora } from '@tunesmith/lora';
import { readEveryWeight } from '@tunesmith/models';
import { createAdapter } from '@tunesmith/peft';
import type { Adapter } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { HostTensor } from '@tunesmith/runtime';
import type { Tokenized } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { vectorInBall } from '../../test-support/methods.ts';
import { tinyLlama } from '../../test-support/tiny.ts';
import { memoryCheckpoints } from '../checkpoint/memory-checkpoints.ts';
import { resolveTraining } from './options.ts';
import type { TrainingInput, TrainOptions } from './options.ts';
import { train } from './train.ts';

const data = Array.from({ length: 8 }, (_, row): Tokenized => {
  const ids = Array.from({ length: 9 }, (__, i) => (row * 5 + i * 3) % 32);
  return { id: `${row}`, input_ids: ids, labels: ids.map((id, i) => (i < 3 ? -100 : id)) };
});

interface Ran {
  readonly parameters: Readonly<Record<string, HostTensor>>;
  readonly losses: number[];
}

async function run(
  training: TrainingInput,
  { device: name = 'cpu', ...options }: Partial<Omit<TrainOptions, 'device'>> & { device?: string },
): Promise<Ran> {
  const device = await openDevice(name);
  const losses: number[] = [];
  try {
    const { parameters } = await train({
      model: tinyLlama(),
      ...(options.adapters ? {} : { full: true }),
      data,
      device,
      seed: 3,
      training: {
        steps: 6,
        batch_size: 8,
        max_length: 16,
        packing: false,
        max_grad_norm: 0,
        checkpoint_every: 3,
        schedule: { name: 'constant' },
        ...training,
      },
      onEvent: (event) => event.type === 'step' && losses.push(event.loss),
      ...options,
    });
    return { parameters, losses };
  } finally {
    await device.close();
  }
}

const bytesOf = (tensors: Readonly<Record<string, HostTensor>>) =>
  Object.entries(tensors).map(([name, { data: d }]) => [
    name,
    Buffer.from(d.buffer).toString('hex'),
  ]);

describe.each<[string, TrainingInput]>([
  ['adamw', { optimizer: { name: 'adamw', learning_rate: 1e-2 }, max_grad_norm: 1 }],
  [
    'adamw over two forward passes',
    { optimizer: { name: 'adamw', learning_rate: 1e-2 }, batch_size: 4, gradient_accumulation: 2 },
  ],
  ['lomo', { optimizer: { name: 'lomo', learning_rate: 0.1 } }],
  ['adalomo', { optimizer: { name: 'adalomo', learning_rate: 2e-2 } }],
  [
    'lomo clipped by the global norm',
    { optimizer: { name: 'lomo', learning_rate: 0.3 }, max_grad_norm: 0.5 },
  ],
])('full fine-tuning with %s', (_, training) => {
  test('learns, and leaves the model that it was given as it was', async () => {
    const model = tinyLlama();
    const before = bytesOf(await readEveryWeight(model.weights));
    const { losses, parameters } = await run(training, { model });
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
    expect(bytesOf(await readEveryWeight(model.weights))).toEqual(before);
    expect(bytesOf(parameters)).not.toEqual(before);
  });

  test('computes on an eager device what it computes compiled', async () => {
    const [compiled, eager] = [
      await run(training, {}),
      await run(training, { device: 'tfjs-cpu' }),
    ];
    compiled.losses.forEach((loss, i) => expect(loss / eager.losses[i]!).toBeCloseTo(1, 5));
    for (const [name, { data: values }] of Object.entries(compiled.parameters)) {
      const other = eager.parameters[name]!.data;
      const worst = Math.max(...Array.from(values, (value, i) => Math.abs(value - other[i]!)));
      expect(worst, name).toBeLessThan(2e-5);
    }
  });

  test('goes on from a checkpoint to the same bits', async () => {
    const whole = await run(training, { checkpoints: memoryCheckpoints() });
    const checkpoints = memoryCheckpoints();
    const stop = new AbortController();
    let seen = 0;
    const first = await run(training, {
      checkpoints,
      signal: stop.signal,
      onEvent: (event) => event.type === 'step' && ++seen === 4 && stop.abort(),
    });
    expect(seen).toBe(4);
    expect(bytesOf(first.parameters)).not.toEqual(bytesOf(whole.parameters));
    const resumed = await run(training, { checkpoints, resume: true });
    expect(resumed.losses).toEqual(whole.losses.slice(4));
    expect(bytesOf(resumed.parameters)).toEqual(bytesOf(whole.parameters));
  });
});

test('lomo clipped by the global norm moves as plain descent does that has all gradients', async () => {
  const training = { steps: 4, max_grad_norm: 0.3 };
  const fused = await run(
    { ...training, optimizer: { name: 'lomo', learning_rate: 0.3, clip_norm: 0 } },
    {},
  );
  const plain = await run(
    { ...training, optimizer: { name: 'sgd', learning_rate: 0.3, momentum: 0, weight_decay: 0 } },
    {},
  );
  const unclipped = await run(
    { steps: 4, optimizer: { name: 'lomo', learning_rate: 0.3, clip_norm: 0 } },
    {},
  );
  fused.losses.forEach((loss, i) => expect(loss / plain.losses[i]!).toBeCloseTo(1, 6));
  expect(Math.abs(unclipped.losses[3]! - plain.losses[3]!)).toBeGreaterThan(1e-3);
});

const adapterOf = async (method: typeof lora | typeof vectorInBall): Promise<Adapter> =>
  (await createAdapter({ model: tinyLlama(), method: method as typeof lora, seed: 1 })) as Adapter;

test('a fused optimizer trains an adapter, whose own tensors stay as they were', async () => {
  const adapter = await adapterOf(lora);
  const before = bytesOf(adapter.parameters);
  const { losses } = await run(
    { optimizer: { name: 'lomo', learning_rate: 1 } },
    { adapters: [adapter] },
  );
  expect(losses.at(-1)!).toBeLessThan(losses[0]!);
  expect(bytesOf(adapter.parameters)).toEqual(before);
});

test.each([{ optimizer: 'lomo' }, { optimizer: 'adalomo' }, { optimizer: 'adamw' }])(
  'a global norm that nobody names is 0 for a fused optimizer, and 1 for another: %j',
  ({ optimizer }) => {
    const { max_grad_norm: norm } = resolveTraining({ optimizer }).training;
    expect(norm).toBe(optimizer === 'adamw' ? 1 : 0);
  },
);

test.each(['adamw', 'sgd', 'lomo', 'adalomo'])(
  'a name in decay_exclude of %s that no trained tensor has is told of; an ending is a name',
  async (name) => {
    const warnings: string[] = [];
    const optimizer = { name, decay_exclude: ['norm.weight', 'nonexistent'] };
    await run(
      { steps: 1, optimizer },
      { onEvent: (event) => event.type === 'warning' && warnings.push(event.message) },
    );
    expect(warnings).toEqual([
      'decay_exclude of the optimizer has "nonexistent", and no trained tensor has that name or ends in it after a dot: nothing is excluded by it',
    ]);
  },
);

describe('a fused optimizer refuses, before anything is read,', () => {
  const unread: TrainOptions['data'] = {
    [Symbol.iterator]: () => {
      throw new Error('the data was read');
    },
  };
  test.each<[string, TrainingInput, RegExp]>([
    [
      'accumulation',
      { gradient_accumulation: 4 },
      /"lomo" gives each gradient up in the backward pass, and training\.gradient_accumulation is 4.*accepted: gradient_accumulation: 1/,
    ],
  ])('%s', async (_, training, message) => {
    const refused = run({ optimizer: 'lomo', ...training }, { data: unread });
    await expect(refused).rejects.toMatchObject({ code: 'not-fusable' });
    await expect(refused).rejects.toThrow(message);
  });

  test('methods that read all gradients after an update', async () => {
    const adapters = [await adapterOf(vectorInBall)];
    await expect(run({ optimizer: 'adalomo' }, { adapters, data: unread })).rejects.toMatchObject({
      code: 'not-fusable',
      accepted: 'an optimizer that keeps gradients for the step, such as adamw; or another method',
    });
  });
});

test('what is not finite ends the run; a fused step was applied by then, and the message says so', async () => {
  const optimizer = { name: 'lomo', learning_rate: 1e30, clip_norm: 0 };
  await expect(run({ optimizer }, {})).rejects.toThrow(
    /the step was applied as it was computed, and the parameters in memory are lost.*tighter clipping/,
  );
});

test('where the norm is taken before, a step that is not finite is not applied', async () => {
  const optimizer = { name: 'lomo', learning_rate: 1e38, clip_norm: 0 };
  await expect(run({ optimizer, max_grad_norm: 1e30 }, {})).rejects.toThrow(
    /the step was not applied.*a smaller max_grad_norm/,
  );
});
