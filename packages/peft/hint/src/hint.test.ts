import { createLanguageModel, placeModel } from '@tunesmith/models';
import {
  adapterFeeds,
  composeGenerated,
  composeHooks,
  createAdapter,
  recordInputs,
  virtualTokens,
} from '@tunesmith/peft';
import type { Adapter } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device } from '@tunesmith/runtime';
import { perturbed, tinyModel, type TinyModelName } from '@tunesmith/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hint } from './method.ts';

/** A tokenizer whose tokens are letters. */
const tokenizer = {
  encode: (text: string) => [...text].map((letter) => letter.charCodeAt(0) - 96),
};

let device: Device;
beforeAll(async () => {
  device = await openDevice('cpu');
});
afterAll(() => device.close());

async function tuned(name: TinyModelName, config: object = {}): Promise<Adapter> {
  const fresh = await createAdapter({
    model: tinyModel(name),
    method: hint,
    config: { adapter_size: 3, prefix_tokens: 2, instruction_tokens: 20, ...config },
    seed: 0,
    tokenizer,
  });
  return perturbed(fresh, 0.3) as unknown as Adapter;
}

async function languageModelOf(name: TinyModelName, adapter: Adapter, isKept = true) {
  const switches = [{ adapter }];
  return createLanguageModel({
    placed: await placeModel(tinyModel(name), device),
    hooksFrom: composeHooks(switches),
    ...(isKept ? { generateFrom: composeGenerated(switches) } : {}),
    extra: adapterFeeds([adapter]),
    inputs: recordInputs([adapter]),
  });
}

describe.each(['llama', 'gpt2', 't5'] as const)('an instruction on %s', (name) => {
  const request = (instruction: string, last: number) => ({
    context: [3, 14, 15],
    continuation: [9, last],
    record: { id: instruction, instruction },
  });

  it('acts on its own document alone where several share a row', async () => {
    const languageModel = await languageModelOf(name, await tuned(name));
    // The second instruction is longer than the first by more than what is added to reach one of few lengths.
    const requests = [request('sort', 2), request('translatethewords', 5), request('sort', 6)];
    const together = await languageModel.logLikelihoods(requests);
    for (const [place, one] of requests.entries()) {
      const [alone] = await languageModel.logLikelihoods([one]);
      expect(together[place]!.sum).toBeCloseTo(alone!.sum, 4);
    }
    const [other] = await languageModel.logLikelihoods([request('translatethewords', 2)]);
    expect(Math.abs(other!.sum - together[0]!.sum)).toBeGreaterThan(1e-3);
    await languageModel.dispose();
  });
});

it.each(['llama', 't5'] as const)(
  'writes the same on %s with parameters that are kept',
  async (name) => {
    const adapter = await tuned(name);
    const texts = await Promise.all(
      [true, false].map(async (isKept) => {
        const languageModel = await languageModelOf(name, adapter, isKept);
        const written = await languageModel.generate(
          [
            [3, 14, 15],
            [9, 2],
          ],
          {
            maximumTokens: 5,
            records: [{ instruction: 'sort' }, { instruction: 'translatethewords' }],
          },
        );
        await languageModel.dispose();
        return written.map(({ ids }) => ids);
      }),
    );
    expect(texts[0]).toEqual(texts[1]);
  },
);

it('takes no positions of the text', async () => {
  expect(virtualTokens([await tuned('llama')])).toEqual({ input: 0, keys: 0 });
});

it('lets the decoder see the instruction where it sees a source, unless it is told not to', async () => {
  const { plan } = await tuned('t5', { prefix_tokens: 0 });
  expect(plan.sites.filter((site) => site.includes('EncDecAttention'))).toHaveLength(1);
  const without = await tuned('t5', { prefix_tokens: 0, fusion: false });
  expect(without.plan.sites.filter((site) => site.includes('EncDecAttention'))).toEqual([]);
});

describe('is refused', () => {
  it.each([
    ['llama', { adapter_size: 0, prefix_tokens: 0 }, 'adapter_size and prefix_tokens are both 0'],
    ['llama', { fusion: true }, 'a model of type "llama" has no attention to a source'],
    ['gpt2', { instruction_tokens: 65 }, 'instruction_tokens is 65, and the model reads 64'],
  ] as const)('on %s with %o', async (name, config, message) => {
    await expect(tuned(name, config)).rejects.toThrow(message);
  });

  it.each([
    [{ id: 'a' }, 'record "a" has no meta.instruction'],
    [{ id: 'a', instruction: '' }, 'accepted: meta.instruction: a text, 1 to 20 tokens'],
    [{ id: 'a', meta: { instruction: 3 } }, 'record "a" has meta.instruction 3'],
    [{ id: 'a', instruction: 'abcdefghijklmnopqrstu' }, '1 to 20 tokens'],
  ])('for the record %o', async (record, message) => {
    const languageModel = await languageModelOf('llama', await tuned('llama'));
    await expect(languageModel.logits([[1, 2]], { records: [record] })).rejects.toThrow(message);
    await languageModel.dispose();
  });
});
