import { type Device } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel } from '../node/load.ts';
import {
  floats,
  golden,
  idRows,
  peftFixture,
  worstDifference,
} from '../../test-support/fixtures.ts';
import { prefixTuning, promptEmbeddings, promptTuning } from '../../test-support/prompt-hooks.ts';
import { overlayWeights } from '../weights/overlay.ts';
import { placeModel } from '../weights/place.ts';
import { createLanguageModel, type LanguageModel } from './language-model.ts';
import type { LogLikelihoodRequest } from './log-likelihoods.ts';

/** log softmax of one row of logits. */
function logSoftmax(logits: Float32Array): number[] {
  const largest = Math.max(...logits);
  const total = Math.log(logits.reduce((sum, one) => sum + Math.exp(one - largest), 0)) + largest;
  return Array.from(logits, (one) => one - total);
}

for (const name of ['tfjs-cpu', 'cpu']) {
  describe(`on ${name}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await openDevice(name);
    });
    afterAll(() => device.close());

    const promptModel = async (): Promise<LanguageModel> =>
      createLanguageModel({
        placed: await placeModel(await loadModel(peftFixture('base_llama')), device),
        hooksFrom: promptTuning,
        extra: await promptEmbeddings('llama_prompt'),
        virtualTokens: { place: 'input', count: 5 },
      });
    const prefixModel = async (): Promise<LanguageModel> => {
      const model = await loadModel(peftFixture('base_llama'));
      const extra = await promptEmbeddings('llama_prefix');
      const count = extra['adapter/prompt']!.shape[0]!;
      return createLanguageModel({
        placed: await placeModel(model, device),
        hooksFrom: prefixTuning(model.spec),
        extra,
        virtualTokens: { place: 'keys', count },
      });
    };
    const biasedModel = async (): Promise<LanguageModel> => {
      const model = await loadModel(golden('llama_wide_heads'));
      const { spec } = model;
      const head = { ...spec.head, bias: 'lm_head.bias' };
      const shape = [spec.vocabulary];
      const data = Float32Array.from({ length: spec.vocabulary }, (_, id) => 3 * Math.sin(id));
      const biased = {
        ...model,
        spec: { ...spec, head, tensors: { ...spec.tensors, [head.bias]: { shape } } },
        weights: overlayWeights(model.weights, {
          [head.bias]: { dtype: 'float32', shape, data },
        }),
      };
      return createLanguageModel({ placed: await placeModel(biased, device) });
    };
    const plainModel = async (): Promise<LanguageModel> =>
      createLanguageModel({
        placed: await placeModel(await loadModel(golden('llama_wide_heads')), device),
      });

    test('prompt tuning gives the logits of PEFT, those of the virtual tokens first', async () => {
      const expected = `${peftFixture('llama_prompt')}/expected.safetensors`;
      const { data, shape } = await (await promptModel()).logits(await idRows(expected));
      expect(shape).toEqual([2, 13, 64]);
      expect(worstDifference(data, await floats(expected, 'logits'))).toBeLessThan(1e-4);
    });

    test('prefix tuning gives the logits of PEFT', async () => {
      const expected = `${peftFixture('llama_prefix')}/expected.safetensors`;
      const { data } = await (await prefixModel()).logits(await idRows(expected));
      expect(worstDifference(data, await floats(expected, 'logits'))).toBeLessThan(1e-4);
    });

    for (const [label, make] of [
      ['the base model', plainModel],
      ['a head with a bias', biasedModel],
      ['prompt tuning', promptModel],
      ['prefix tuning', prefixModel],
    ] as const) {
      test(`log-likelihoods of packed requests equal those from the logits: ${label}`, async () => {
        const language = await make();
        const requests: LogLikelihoodRequest[] = [
          { context: [5, 9, 13], continuation: [7, 30] },
          { context: [5, 9, 13], continuation: [7, 30, 2], read: [8, 1, 11] },
          { context: [20], continuation: [4, 4, 4, 11] },
          { context: [3, 8, 21, 34, 17, 6], continuation: [12] },
        ];
        const scored = await language.logLikelihoods(requests);
        for (const [i, { context, continuation, read = continuation }] of requests.entries()) {
          const { data, shape } = await language.logits([[...context, ...read]]);
          const vocabulary = shape[2]!;
          const first = shape[1]! - continuation.length - 1;
          const rows = continuation.map(
            (_, j) =>
              data.slice((first + j) * vocabulary, (first + j + 1) * vocabulary) as Float32Array,
          );
          const expected = rows.map((row, j) => logSoftmax(row)[continuation[j]!]!);
          expect(worstDifference(scored[i]!.perToken, expected)).toBeLessThan(1e-4);
          expect(scored[i]!.sum).toBeCloseTo(
            expected.reduce((sum, one) => sum + one, 0),
            4,
          );
          expect(scored[i]!.greedy).toBe(
            rows.every((row, j) => row.indexOf(Math.max(...row)) === continuation[j]),
          );
        }
      });

      test(`generation with the cache chooses what the uncached logits choose: ${label}`, async () => {
        const language = await make();
        const prompt = [5, 9, 13];
        const [generation] = await language.generate([prompt], { maximumTokens: 20 });
        const { data, shape } = await language.logits([[...prompt, ...generation!.ids]]);
        const vocabulary = shape[2]!;
        const first = shape[1]! - generation!.ids.length - 1;
        const chosen = generation!.ids.map((_, i) => {
          const row = data.slice((first + i) * vocabulary, (first + i + 1) * vocabulary);
          return row.indexOf(Math.max(...row));
        });
        expect(generation!.ids).toEqual(chosen);
      });
    }

    test('a bias of the head is added to the logits', async () => {
      const [plain, biased] = await Promise.all(
        [plainModel, biasedModel].map(async (make) => (await make()).logits([[5]])),
      );
      const differences = plain!.data.map((value, id) => biased!.data[id]! - value);
      expect(
        worstDifference(
          differences,
          differences.map((_, id) => 3 * Math.sin(id)),
        ),
      ).toBeLessThan(1e-5);
    });

    test.for(['llama_wide_heads', 'qwen2_tied', 'gpt2_relu'])(
      'greedy tokens equal those of transformers: %s',
      async (name) => {
        const expected = `${golden(name)}/expected.safetensors`;
        const [prompt] = await idRows(expected, 'prompt');
        const [ids] = await idRows(expected, 'generated');
        const language = createLanguageModel({
          placed: await placeModel(await loadModel(golden(name)), device),
        });
        const [generation] = await language.generate([prompt!], { maximumTokens: ids!.length });
        expect(generation!.ids).toEqual(ids);
        expect(generation!.finishReason).toBe('length');
      },
    );
  });
}

test('what was compiled is given back, and the placed model stays', async () => {
  const device = await openDevice('cpu');
  const placed = await placeModel(await loadModel(golden('llama_wide_heads')), device);
  const first = createLanguageModel({ placed });
  const { data } = await first.logits([[3, 4]]);
  await first.dispose();
  await expect(first.logits([[3, 4]])).rejects.toMatchObject({ code: 'disposed-function' });
  const again = await createLanguageModel({ placed }).logits([[3, 4]]);
  expect(again.data).toEqual(data);
  await device.close();
});

describe('what is refused', () => {
  const language = async (): Promise<LanguageModel> =>
    createLanguageModel({
      placed: await placeModel(
        await loadModel(peftFixture('base_gpt2')),
        await openDevice('tfjs-cpu'),
      ),
    });

  test('a sequence longer than the positions of the model', async () => {
    const ids = Array.from({ length: 65 }, () => 3);
    await expect((await language()).logits([ids])).rejects.toThrow(
      /the input has 65 tokens, the model takes 64/,
    );
  });

  test('a token id outside the vocabulary', async () => {
    await expect((await language()).generate([[3, 64]])).rejects.toThrow(
      /token id 64; accepted: 0 to 63/,
    );
  });

  test('a continuation that reads more or fewer tokens than it has', async () => {
    await expect(
      (await language()).logLikelihoods([{ context: [5], continuation: [3, 4], read: [3] }]),
    ).rejects.toThrow(/request 0 reads 1 tokens and scores 2/);
  });

  test('a continuation without anything before it', async () => {
    await expect(
      (await language()).logLikelihoods([{ context: [], continuation: [3] }]),
    ).rejects.toThrow(/no context/);
  });

  test('weights whose products leave the range of float32', async () => {
    const model = await loadModel(peftFixture('base_llama'));
    const head = await model.weights.read('lm_head.weight');
    const weights = overlayWeights(model.weights, {
      'lm_head.weight': { ...head, data: Float32Array.from(head.data, (value) => value * 3e38) },
    });
    const language = createLanguageModel({
      placed: await placeModel({ ...model, weights }, await openDevice('tfjs-cpu')),
    });
    const refused = { code: 'not-finite-logits' };
    await expect(language.generate([[3]])).rejects.toMatchObject(refused);
    await expect(
      language.logLikelihoods([{ context: [3], continuation: [4] }]),
    ).rejects.toMatchObject(refused);
  });
});
