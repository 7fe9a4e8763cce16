import type { GenerateOptions, Generation, LanguageModel, Prompt } from '@tunesmith/models';
import { expect, test } from 'vitest';
import { local, localChatModel } from './local.ts';

/** A language model that answers with the prompt's length and place, and remembers what it was asked at a time. */
function counting() {
  const calls: { prompts: readonly Prompt[]; options: GenerateOptions }[] = [];
  const generate = async (
    prompts: readonly Prompt[],
    options: GenerateOptions = {},
  ): Promise<Generation[]> => {
    calls.push({ prompts, options });
    return prompts.flatMap((_, i) =>
      Array.from({ length: options.samples ?? 1 }, (__, k) => ({
        text: `${options.places![i]}.${k}`,
        ids: [1, 2],
        finishReason: k === 0 ? ('end' as const) : ('length' as const),
        promptTokens: 7,
      })),
    );
  };
  return { calls, language: { generate } as unknown as LanguageModel };
}
const ask = (text: string) => [{ role: 'user' as const, content: text }];

test('requests of the same turn are answered together, so many at a time, those with other options apart', async () => {
  const { calls, language } = counting();
  const model = localChatModel(language, { name: 'ours', batch: 2 });
  const answers = await Promise.all([
    model.respond(ask('a'), { seed: 4, temperature: 1 }),
    model.respond(ask('b'), { seed: 5, temperature: 1 }),
    model.respond(ask('c'), { seed: 6, maxTokens: 3 }),
    model.respond(ask('d'), { seed: 7, temperature: 1 }),
  ]);
  expect(calls.map(({ prompts }) => prompts.length)).toEqual([2, 1, 1]);
  expect(answers.map(({ answers: [first] }) => first!.text)).toEqual(['4.0', '5.0', '6.0', '7.0']);
  expect(calls[1]!.options).toEqual({ temperature: 0, samples: 1, places: [6], maximumTokens: 3 });
});

test('several answers are drawn apart, or are the likeliest one several times; tokens of all are counted', async () => {
  const { language } = counting();
  const model = localChatModel(language, { name: 'ours', batch: 4 });
  expect(await model.respond(ask('a'), { count: 2, temperature: 1 })).toEqual({
    answers: [
      { text: '0.0', finish: 'stop' },
      { text: '0.1', finish: 'length' },
    ],
    usage: { inputTokens: 7, outputTokens: 4 },
  });
  const { answers, usage } = await model.respond(ask('a'), { count: 2 });
  expect(answers.map(({ text }) => text)).toEqual(['0.0', '0.0']);
  expect(usage!.outputTokens).toBe(2);
});

test('a failure is that of the requests it concerns', async () => {
  const language = {
    generate: async (prompts: readonly Prompt[]) => {
      if (prompts.length === 2) throw new Error('too long');
      return [{ text: 'yes', ids: [], finishReason: 'end', promptTokens: 1 }];
    },
  } as unknown as LanguageModel;
  const model = localChatModel(language, { name: 'ours', batch: 2 });
  const all = await Promise.allSettled([
    model.respond(ask('a')),
    model.respond(ask('b')),
    model.respond(ask('c')),
  ]);
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});

test('the embedded model answers alike alone and in company', async () => {
  const model = await local.open({ model: '@tunesmith/nano', device: 'cpu', batch: 4 });
  const wanted = { maxTokens: 6, temperature: 1, seed: 3 };
  const texts = [
    'What is the plural of mouse?',
    'Is a spoon alive?',
    'What is the opposite of big?',
  ];
  const together = await Promise.all(
    texts.map((text, i) => model.respond(ask(text), { ...wanted, seed: 3 + i })),
  );
  const alone = await model.respond(ask(texts[1]!), { ...wanted, seed: 4 });
  expect(together[1]!.answers).toEqual(alone.answers);
  await model.close?.();
});
