import { tf } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, describe, expect, test } from 'vitest';
import { golden, worstDifference } from '../../test-support/fixtures.ts';
import { bindModel, type BoundModelOptions } from '../language-model/bound.ts';
import { loadModel } from '../node/load.ts';
import { placeModel } from '../weights/place.ts';
import { createColumnDecoder } from './column-decoder.ts';
import type { StartDecoding } from './decoding-group.ts';
import { createFilledDecoder } from './filled-decoder.ts';

const device = await openDevice('cpu');
afterAll(() => device.close());

/** Writes three texts of two prompts: one ends early, the others change places. */
async function logitsOf(start: StartDecoding): Promise<readonly (readonly Float32Array[])[]> {
  const group = await start(
    [
      [5, 9, 3, 7, 2],
      [4, 8],
    ],
    6,
    { copies: 2 },
  );
  const steps = [group.first, await group.next([1, 2, 3, 4])];
  await group.reorder([1, 0, 3, 2]);
  steps.push(await group.next([6, 7, undefined, 8]));
  steps.push((await group.next([9, undefined, undefined, 3])).filter((_, text) => text % 3 === 0));
  group.close();
  return steps;
}

describe.each(['llama_wide_heads', 'qwen2_tied', 'gpt2_tanh'])('%s', async (name) => {
  const placed = await placeModel(await loadModel(golden(name)), device);
  afterAll(() => placed.dispose());

  async function compared(options: Partial<BoundModelOptions> = {}): Promise<number> {
    const bound = bindModel({ placed, ...options });
    const [filled, columns] = [createFilledDecoder(bound), createColumnDecoder(bound)];
    const [found, wanted] = [await logitsOf(filled), await logitsOf(columns)];
    const differences = found.flatMap((step, i) =>
      step.flatMap((logits, text) => {
        const other = wanted[i]![text]!;
        return i === 2 && text === 2 ? [] : [worstDifference(logits, other)];
      }),
    );
    await bound.dispose();
    return Math.max(...differences);
  }

  test('has the logits that a graph for each capacity gives', async () => {
    expect(await compared()).toBeLessThan(2e-5);
  });

  test('so has one with hooks at its maps', async () => {
    const extra = {
      'half/scale': { shape: [], dtype: 'float32', data: Float32Array.of(0.5) },
    } as const;
    const difference = await compared({
      extra,
      hooksFrom: (tensors) => ({ linear: (_, x, next) => tf.mul(next(x), tensors['half/scale']!) }),
    });
    expect(difference).toBeLessThan(2e-5);
  });
});
