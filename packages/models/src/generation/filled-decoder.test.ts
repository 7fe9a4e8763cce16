import { tf, type Device, type Jitted } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, describe, expect, test } from 'vitest';
import { golden, worstDifference } from '../../test-support/fixtures.ts';
import { llama } from '../architectures/llama/llama.ts';
import { initializeParameters } from '../checkpoint/initialize.ts';
import { bindModel, type BoundModelOptions } from '../language-model/bound.ts';
import { loadModel } from '../node/load.ts';
import { memoryWeights } from '../weights/memory.ts';
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

test('texts of one token have the first logits of longer ones, and bring no keys that nobody reads', async () => {
  const placed = await placeModel(await loadModel(golden('llama_wide_heads')), device);
  const brought: (readonly string[] | undefined)[] = [];
  const watched: Device = {
    ...device,
    jit(...given) {
      const jitted = device.jit(...given);
      const call = (...[feeds, wanted]: Parameters<Jitted>) => {
        brought.push(wanted);
        return jitted(feeds, wanted);
      };
      return Object.assign(call, { dispose: jitted.dispose });
    },
  };
  const bound = bindModel({ placed: { ...placed, device: watched } });
  const start = createFilledDecoder(bound);
  const [one, two] = [1, 2].map((tokens) => start([[5, 9, 3], [4]], tokens, { copies: 2 }));
  expect((await one!).first).toEqual((await two!).first);
  expect(brought).toEqual([['logits'], undefined]);
  await bound.dispose();
  placed.dispose();
});

test('a long prompt, which is read in pieces, has the logits that a graph for each capacity gives', async () => {
  const spec = llama.spec({
    model_type: 'llama',
    hidden_act: 'silu',
    vocab_size: 40,
    hidden_size: 24,
    intermediate_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 3,
    num_key_value_heads: 1,
    max_position_embeddings: 512,
    rms_norm_eps: 1e-6,
  });
  const weights = memoryWeights(initializeParameters(spec, 1, { std: 0.2 }));
  const placed = await placeModel({ spec, architecture: llama, weights }, device);
  const bound = bindModel({ placed });
  const prompt = Array.from({ length: 259 }, (_, i) => (i * 7) % 40);
  const [found, wanted] = await Promise.all(
    [createFilledDecoder(bound), createColumnDecoder(bound)].map(async (start) => {
      const group = await start([prompt], 3);
      return [...group.first, ...(await group.next([5]))];
    }),
  );
  found!.forEach((logits, i) => expect(worstDifference(logits, wanted![i]!)).toBeLessThan(2e-5));
  await bound.dispose();
  placed.dispose();
});
