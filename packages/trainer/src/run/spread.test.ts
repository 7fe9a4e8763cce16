import { createAdapter } from '@tunesmith/peft';
import type { Adapter, PeftMethod } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device } from '@tunesmith/runtime';
import type { Tokenized } from '@tunesmith/schema';
import { perturbed } from '@tunesmith/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { vectorOfTask } from '../../test-support/methods.ts';
import { tinyT5 } from '../../test-support/tiny.ts';
import { train } from './train.ts';

const model = tinyT5({ vocabulary: 32 });
let device: Device;
beforeAll(async () => {
  device = await openDevice('cpu');
});
afterAll(() => device.close());

/** The vector of a record's task in one stack alone. */
const inStack = (stack: 'encoder' | 'decoder'): PeftMethod => ({
  ...vectorOfTask,
  hooks(scope) {
    const { sublayer } = vectorOfTask.hooks(scope);
    return {
      sublayer: (site, call) => (site.stack === stack ? sublayer!(site, call) : call.output),
    };
  },
});

/** Pairs of uneven lengths: before the answer the source is as long as the record's number says. */
const pairs = [3, 1, 6, 2, 4].map((length, row): Tokenized => {
  const read = Array.from({ length }, (_, i) => 4 + ((row * 7 + i * 5) % 27));
  const answer = [5 + row, 9 + 2 * row, 3].slice(row % 2);
  return {
    id: `pair-${row}`,
    input_ids: [...read, ...answer],
    labels: [...read.map(() => -100), ...answer],
    meta: { number: row % 3 },
  };
});

/** Loss of a step over the records, how many tokens it is a mean over, and where the vectors of tasks moved. */
async function step(method: PeftMethod, data: readonly Tokenized[], packing: boolean) {
  const adapter = perturbed(await createAdapter({ model, method, seed: 1 }), 0.5, 2) as Adapter;
  let found = { loss: Number.NaN, tokens: 0 };
  const { adapters } = await train({
    model,
    adapters: [adapter],
    objective: 'seq2seq',
    data,
    device,
    seed: 0,
    training: {
      steps: 1,
      batch_size: packing ? 1 : data.length,
      max_length: 64,
      packing,
      checkpoint_every: 0,
      max_grad_norm: 0,
      optimizer: { name: 'sgd', learning_rate: 1 },
      schedule: { name: 'constant' },
    },
    onEvent(event) {
      if (event.type === 'step') found = { loss: event.loss, tokens: event.supervised_tokens };
    },
  });
  const before = adapter.parameters['vectors']!.data;
  const moved = Array.from(adapters[0]!.parameters['vectors']!.data, (v, i) => v - before[i]!);
  return { ...found, moved };
}

describe.each(['encoder', 'decoder'] as const)('vectors of tasks in the %s', (stack) => {
  const method = inStack(stack);

  test('give documents of one row what each gets in a pass of its own', async () => {
    const together = await step(method, pairs, true);
    let loss = 0;
    let tokens = 0;
    const moved = together.moved.map(() => 0);
    for (const pair of pairs) {
      const alone = await step(method, [pair], false);
      loss += alone.loss * alone.tokens;
      tokens += alone.tokens;
      for (const [i, value] of alone.moved.entries()) moved[i]! += value * alone.tokens;
    }
    expect(together.tokens).toBe(tokens);
    expect(together.loss).toBeCloseTo(loss / tokens, 5);
    for (const [i, value] of together.moved.entries())
      expect(value).toBeCloseTo(moved[i]! / tokens, 5);
    expect(Math.hypot(...together.moved)).toBeGreaterThan(1e-2);
  });
});
