import { type Device } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import greedy from '../../test-support/greedy.json' with { type: 'json' };
import { checkpointFixture } from '../../test-support/checkpoint-fixtures.ts';
import { worstDifference } from '../../test-support/fixtures.ts';
import { loadModel } from '../node/load.ts';
import { placeModel } from '../weights/place.ts';
import { createLanguageModel } from './language-model.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('cpu');
});
afterAll(() => device.close());

test.each(['t5', 'flan_t5'])(
  'continuations are scored given a source as the logits say: %s',
  async (name) => {
    const { directory } = await checkpointFixture(name);
    const model = await loadModel(directory);
    const language = createLanguageModel({ placed: await placeModel(model, device) });
    const requests = [
      { context: [5, 9, 13, 1], continuation: [7, 30, 1] },
      { context: [20, 1], continuation: [4] },
      { context: [3, 8, 21, 34, 17, 6, 1], continuation: [12, 5, 2, 9, 1] },
    ];
    const scored = await language.logLikelihoods(requests);
    for (const [i, { context, continuation }] of requests.entries()) {
      const decoderIds = [[model.spec.decoderStart!, ...continuation.slice(0, -1)]];
      const { data, shape } = await language.logits([context], { decoderIds });
      const vocabulary = shape.at(-1)!;
      const expected = continuation.map((id, j) => {
        const row = (data as Float32Array).slice(j * vocabulary, (j + 1) * vocabulary);
        const largest = Math.max(...row);
        const total = row.reduce((sum, one) => sum + Math.exp(one - largest), 0);
        return row[id]! - largest - Math.log(total);
      });
      expect(worstDifference(scored[i]!.perToken, expected)).toBeLessThan(1e-4);
    }
  },
);

test.each(['t5', 'flan_t5'])(
  'what greedy decoding writes is scored as greedy: %s',
  async (name) => {
    const { directory, ids } = await checkpointFixture(name);
    const language = createLanguageModel({
      placed: await placeModel(await loadModel(directory), device),
    });
    const context = [...ids[0]!];
    const [generation] = await language.generate([context], { maximumTokens: 12 });
    const continuation = generation!.ids;
    const [other] = continuation.map((id) => (id + 1) % 30);
    const scored = await language.logLikelihoods([
      { context, continuation },
      { context, continuation: [other!, ...continuation.slice(1)] },
    ]);
    expect(scored.map(({ greedy }) => greedy)).toEqual([true, false]);
  },
);

test('an encoder alone scores no continuations', async () => {
  const { directory } = await checkpointFixture('bert_mlm');
  const language = createLanguageModel({
    placed: await placeModel(await loadModel(directory), device),
  });
  await expect(
    language.logLikelihoods([{ context: [5], continuation: [7] }]),
  ).rejects.toMatchObject({ code: 'cannot-score' });
});

test.each(Object.entries(greedy))(
  'greedy decoding writes what transformers writes: %s',
  async (name, written) => {
    const { directory, ids } = await checkpointFixture(name);
    const language = createLanguageModel({
      placed: await placeModel(await loadModel(directory), device),
    });
    const found = await language.generate(
      ids.map((row) => [...row]),
      { maximumTokens: 12 },
    );
    expect(found.map((generation) => generation.ids)).toEqual(written);
  },
);
