import { readFileSync } from 'node:fs';
import type { Device } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkpointFixture } from '../../test-support/checkpoint-fixtures.ts';
import { golden } from '../../test-support/fixtures.ts';
import { createLanguageModel, type LanguageModel } from '../language-model/language-model.ts';
import { loadModel } from '../node/load.ts';
import { createTokenizer } from '../tokenizer/create.ts';
import { placeModel, type PlacedModel } from '../weights/place.ts';

interface Case {
  readonly model: string;
  readonly ends: number[];
  readonly prompt: number[];
  readonly settings: Record<string, unknown> & { num_return_sequences?: number };
  readonly found: { ids: number[]; score: number }[];
}

const cases = JSON.parse(readFileSync(golden('beams.json'), 'utf8')) as Case[];
const inGoldens = new Set(['mistral', 'gpt2_relu']);

let device: Device;
const placed = new Map<string, PlacedModel>();
beforeAll(async () => {
  device = await openDevice('cpu');
});
afterAll(() => device.close());

async function open(name: string, generation: Record<string, unknown>): Promise<LanguageModel> {
  const directory = inGoldens.has(name) ? golden(name) : (await checkpointFixture(name)).directory;
  const model = placed.get(name) ?? (await placeModel(await loadModel(directory), device));
  placed.set(name, model);
  const vocab = Object.fromEntries(
    Array.from({ length: model.model.spec.vocabulary }, (_, id) => [
      String.fromCodePoint(65 + id),
      id,
    ]),
  );
  const tokenizer = createTokenizer({
    tokenizer: { model: { type: 'BPE', vocab, merges: [] }, decoder: { type: 'Fuse' } },
    generation,
  });
  return createLanguageModel({ placed: model, tokenizer });
}

test.each([...new Set(cases.map(({ model }) => model))])(
  'beam search finds the texts and scores that transformers finds: %s',
  async (name) => {
    for (const { ends, prompt, settings, found } of cases.filter(({ model }) => model === name)) {
      const { num_return_sequences: samples = 1, ...own } = settings;
      const language = await open(name, { max_new_tokens: 9, eos_token_id: ends, ...own });
      const generations = await language.generate([prompt], { samples });
      const what = `${JSON.stringify(settings)} after ${prompt.join(' ')}`;
      expect(
        generations.map(({ ids }) => ids),
        what,
      ).toEqual(found.map(({ ids }) => ids));
      for (const [i, { score }] of found.entries())
        expect(generations[i]!.score, what).toBeCloseTo(score, 3);
      await language.dispose();
    }
  },
);

test('prompts searched side by side have the texts that each has alone', async () => {
  const language = await open('mistral', { eos_token_id: [cases[0]!.ends[0]!] });
  const prompts = [
    [1, 2, 3],
    [7, 7, 5, 7, 2, 9],
    [4, 6],
    [11, 3],
  ];
  const options = { beams: 3, samples: 2, maximumTokens: 8, logProbabilities: 1 };
  const together = await language.generate(prompts, options);
  expect(together).toHaveLength(8);
  const alone = await Promise.all(prompts.map((prompt) => language.generate([prompt], options)));
  expect(together.map(({ ids }) => ids)).toEqual(alone.flat().map(({ ids }) => ids));
  for (const { ids, score, logProbabilities } of together) {
    const sum = logProbabilities!.reduce((total, one) => total + one.logProbability, 0);
    expect(sum / ids.length).toBeCloseTo(score!, 4);
  }
});

test('the texts of a search come as one piece each', async () => {
  const language = await open('mistral', {});
  const pieces = [];
  for await (const piece of language.stream([1, 2, 3], { beams: 2, samples: 2, maximumTokens: 5 }))
    pieces.push(piece);
  expect(pieces.map(({ sample }) => sample)).toEqual([0, 1]);
  expect(pieces.map(({ text, done }) => text === done!.text)).toEqual([true, true]);
});

test('what is said of a search is refused where there is one beam alone', async () => {
  const language = await open('mistral', { max_new_tokens: 4 });
  await expect(language.generate([[3, 4]], { lengthPenalty: 2 })).rejects.toThrow(
    'lengthPenalty is of a beam search, and there is one beam; accepted: beams above 1 beside it',
  );
});
