import { openDevice } from '@tunesmith/runtime/node';
import { beforeAll, describe, expect, test } from 'vitest';
import { pieceTokenizer } from '../../test-support/random-text.ts';
import { architectures } from '../architectures/registry.ts';
import { initializeParameters } from '../checkpoint/initialize.ts';
import { createLanguageModel, type LanguageModel } from '../language-model/language-model.ts';
import { memoryWeights } from '../weights/memory.ts';
import { placeModel } from '../weights/place.ts';
import type { GenerateOptions, GenerationPiece } from './options.ts';

let language: LanguageModel;
beforeAll(async () => {
  const llama = architectures[0]!;
  const tokenizer = pieceTokenizer();
  const spec = llama.spec({
    model_type: 'llama',
    vocab_size: tokenizer.vocabularySize,
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    max_position_embeddings: 256,
  });
  const weights = memoryWeights(initializeParameters(spec, 1, { std: 0.6 }));
  const model = { spec, architecture: llama, weights };
  language = createLanguageModel({
    placed: await placeModel(model, await openDevice('cpu')),
    tokenizer,
  });
});

async function piecesOf(prompt: string, options: GenerateOptions): Promise<GenerationPiece[]> {
  const pieces: GenerationPiece[] = [];
  for await (const piece of language.stream(prompt, options)) pieces.push(piece);
  return pieces;
}

describe('samples', () => {
  const options = { temperature: 1, seed: 3, maximumTokens: 10, ignoreEnd: true };

  test('of a prompt differ, and those before are the same however many there are', async () => {
    const prompts = ['ab', 'another prompt', 'x'];
    const three = await language.generate(prompts, { ...options, samples: 3 });
    const one = await language.generate(prompts, options);
    expect(three).toHaveLength(9);
    expect(one.map(({ ids }) => ids)).toEqual([0, 3, 6].map((i) => three[i]!.ids));
    expect(new Set(three.slice(0, 3).map(({ ids }) => ids.join(' '))).size).toBe(3);
  });

  test('are streamed side by side, each to its own end', async () => {
    const written = await language.generate(['ab'], { ...options, samples: 3 });
    const pieces = await piecesOf('ab', { ...options, samples: 3 });
    for (const [sample, done] of written.entries()) {
      const own = pieces.filter((piece) => piece.sample === sample);
      expect(own.map(({ text }) => text).join('')).toBe(done.text);
      expect(own.at(-1)!.done).toEqual(done);
    }
    expect(pieces.map(({ sample }) => sample)).not.toEqual(
      pieces.map(({ sample }) => sample).toSorted(),
    );
  });

  test('that would all be the same are refused', async () => {
    await expect(language.generate(['ab'], { samples: 2 })).rejects.toThrow(
      '2 samples at temperature 0, which would all be the same; accepted: a temperature above 0',
    );
    await expect(language.generate(['ab'], { samples: 3, beams: 2 })).rejects.toThrow(
      '3 texts of 2 beams; accepted: at most 2 samples',
    );
  });

  test.each<[string, GenerateOptions]>([
    ['samples', { temperature: 1, samples: 3 }],
    ['beams', { beams: 3 }],
    ['an output', { temperature: 1, output: { regex: '[ab]{200}' } }],
  ])('or whatever is written stops with the reason of its signal: %s', async (_, more) => {
    const stop = AbortSignal.timeout(30);
    const run = language.generate(['ab'], { maximumTokens: 250, ...more, signal: stop });
    await expect(run).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('log-probabilities', () => {
  test("are the model's own of the tokens written, whatever the penalties", async () => {
    const [generation] = await language.generate(['ab'], {
      temperature: 1.5,
      repetitionPenalty: 1.4,
      maximumTokens: 6,
      ignoreEnd: true,
      logProbabilities: 0,
    });
    const context = language.tokenizer!.encode('ab');
    const { ids, logProbabilities } = generation!;
    const [scored] = await language.logLikelihoods([{ context, continuation: ids }]);
    expect(logProbabilities!.map(({ id }) => id)).toEqual(ids);
    for (const [i, { logProbability, top }] of logProbabilities!.entries()) {
      expect(logProbability).toBeCloseTo(scored!.perToken[i]!, 4);
      expect(top).toEqual([]);
    }
  });

  test('come with the most likely tokens, of which greedy decoding takes the first', async () => {
    const [generation] = await language.generate(['ab'], { maximumTokens: 6, logProbabilities: 3 });
    for (const { top, ...written } of generation!.logProbabilities!) {
      expect(top).toHaveLength(3);
      expect(top[0]).toEqual(written);
      expect(written.text).toBe(language.tokenizer!.decode([written.id]));
      expect(top[0]!.logProbability).toBeGreaterThan(top[1]!.logProbability);
      expect(top[1]!.logProbability).toBeGreaterThan(top[2]!.logProbability);
    }
  });
});

describe('an output', () => {
  const schema = {
    type: 'object',
    properties: { word: { type: 'string' }, more: { type: 'array' } },
    required: ['word', 'more'],
  };

  test.each<[string, GenerateOptions]>([
    ['greedy', {}],
    ['sampled', { temperature: 1.2, samples: 4 }],
    ['by beams', { beams: 3, samples: 3 }],
  ])('is what the model writes, complete within the tokens that it has: %s', async (_, more) => {
    const options = { ...more, output: { schema }, maximumTokens: 60 };
    const generations = await language.generate(['ab', 'cd'], options);
    expect(generations.length).toBeGreaterThanOrEqual(2);
    for (const { text } of generations)
      expect(JSON.parse(text)).toEqual({ word: expect.any(String), more: expect.any(Array) });
  });

  test('ends without an end id where nothing can follow', async () => {
    const output = { choices: ['yes', 'no'] };
    const pieces = await piecesOf('ab', { output, maximumTokens: 20 });
    const { text, finishReason, ids } = pieces.at(-1)!.done!;
    expect(output.choices).toContain(text);
    expect(finishReason).toBe('end');
    expect(ids).not.toContain(language.tokenizer!.eos);
  });

  test('takes no stop strings, and needs a tokenizer', async () => {
    const output = { regex: 'a+' };
    await expect(language.generate(['ab'], { output, stop: ['a'] })).rejects.toThrow(
      'stop strings with an output',
    );
  });
});
