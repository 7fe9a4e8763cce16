import { tf } from '@tunesmith/runtime';
import type { HostTensor, TensorMap } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { expect, test } from 'vitest';
import { noVirtualTokens } from '../data/documents.ts';
import { adamw } from '../optimize/plugins.ts';
import type { Optimizer } from '../optimize/optimizer.ts';
import { createRunner } from './runner.ts';
import type { StepSettings } from './functions.ts';

const host = (shape: readonly number[], seed: number): HostTensor => ({
  data: Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) =>
    Math.sin(i + seed),
  ),
  shape,
  dtype: 'float32',
});
const start = (): Record<string, HostTensor> => ({
  'first.weight': host([4, 3], 1),
  'second.weight': host([4, 3], 2),
  'first.bias': host([4], 3),
});
const loss = (batch: TensorMap, { parameters: p }: { parameters: TensorMap }) => {
  const map = (name: string): tf.Tensor =>
    tf.matMul(batch['inputs'] as tf.Tensor2D, p[name] as tf.Tensor2D, false, true);
  const output = tf.mul(
    tf.tanh(tf.add(map('first.weight'), p['first.bias']!)),
    map('second.weight'),
  );
  const squares = tf.sum(tf.square(tf.sub(output, 1)));
  return { loss: tf.mul(squares, batch['weights']!) as tf.Scalar, sums: {} };
};
const batch = (seed: number) => ({
  feeds: { inputs: host([5, 3], seed), weights: { ...host([], 0), data: Float32Array.of(1) } },
  normalizer: 1,
  supervised: 5,
  tokens: 5,
});

const options = {
  learning_rate: 0.05,
  betas: [0.9, 0.99],
  epsilon: 1e-8,
  weight_decay: 0.1,
  decay_exclude: ['bias'],
};

/** Three steps with clipping. */
function settingsOf(
  parameters: ReturnType<typeof start>,
  own: { optimizer: Optimizer; overwritten: boolean; accumulation: 1 | 2 },
): StepSettings {
  const { optimizer, overwritten, accumulation } = own;
  return {
    objective: { loss, sums: {} },
    trainable: {
      parameters,
      overwritten,
      frozen: {},
      virtualTokens: noVirtualTokens,
      inputs: [],
      states: {},
      learningRates: {},
      bind: (tensors) => ({ parameters: tensors, hooks: {} }),
    },
    optimizer,
    maxGradNorm: 0.5,
    baseDropout: false,
    steps: 3,
    accumulation,
  };
}

/** Three steps, one or two forward passes each, with clipping. */
async function run(optimizer: Optimizer, overwritten: boolean, accumulation: 1 | 2) {
  const device = await openDevice('cpu');
  const parameters = start();
  const settings = settingsOf(parameters, { optimizer, overwritten, accumulation });
  const runner = createRunner(device, settings, { parameters });
  const norms = [];
  for (const step of [1, 2, 3]) {
    const batches = [batch(step), batch(step + 10)].slice(0, accumulation);
    const seeds = batches.map((_, i) => step + i);
    norms.push((await runner.step(batches, { step, learningRate: 0.05, seeds })).gradientNorm);
  }
  const found = { parameters: await runner.parameters(), state: await runner.state(), norms };
  await runner.dispose();
  await device.close();
  return found;
}

const { group: _, ...asTheyAre } = adamw.create(options);

test.each([1, 2] as const)(
  'parameters that are overwritten one by one move as those of one whole step: %i forward passes',
  async (accumulation) => {
    const whole = await run(adamw.create(options), false, accumulation);
    const oneByOne = await run(adamw.create(options), true, accumulation);
    const together = await run(asTheyAre, true, accumulation);
    for (const found of [oneByOne, together]) {
      expect(Object.keys(found.state).toSorted()).toEqual(Object.keys(whole.state).toSorted());
      for (const part of ['parameters', 'state'] as const) {
        for (const [name, { data }] of Object.entries(whole[part]))
          data.forEach((value, i) => expect(found[part][name]!.data[i]).toBeCloseTo(value, 5));
      }
      found.norms.forEach((norm, i) => expect(norm / whole.norms[i]!).toBeCloseTo(1, 5));
    }
  },
);

test('a step that is not finite moves nothing, and the next one is as if it had not been', async () => {
  const device = await openDevice('cpu');
  const parameters = start();
  const bad = batch(1);
  bad.feeds.inputs.data[0] = NaN;
  const settings = settingsOf(parameters, {
    optimizer: adamw.create(options),
    overwritten: true,
    accumulation: 2,
  });
  const runner = createRunner(device, settings, { parameters });
  const inputs = { step: 1, learningRate: 0.05, seeds: [1, 2] };
  await expect(runner.step([bad, batch(2)], inputs)).rejects.toThrow('the step was not applied');
  expect((await runner.parameters())['first.weight']!.data).toEqual(start()['first.weight']!.data);
  const good = await runner.step([batch(1), batch(11)], inputs);
  const fresh = await run(adamw.create(options), true, 2);
  expect(good.gradientNorm).toBe(fresh.norms[0]);
  await runner.dispose();
  await device.close();
});
