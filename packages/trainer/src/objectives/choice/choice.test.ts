import { openDevice } from '@tunesmith/runtime/node';
import type { Conversation, Instance, PromptTemplate } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { byteTokenizer, turnTemplate } from '../../../test-support/byte-tokenizer.ts';
import { tinyObjective } from '../../../test-support/causal-rows.ts';
import { tinyBert, tinyLlama } from '../../../test-support/tiny.ts';
import { wordCount, wordIds, wordTokenizer } from '../../../test-support/word-tokenizer.ts';
import { noVirtualTokens } from '../../data/documents.ts';
import { createLanguageModel, placeModel, readEveryWeight } from '@tunesmith/models';
import type { Objective } from '../objective.ts';
import { scoreRecords } from '../../run/score.ts';
import { candidatesOf } from './candidates.ts';

const record = (question: string, answer: string, choices: string[]): Conversation => ({
  id: 'r1',
  messages: [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ],
  meta: { choices },
});
const encoder = {
  model: tinyBert({ vocabulary: wordCount }),
  tokenizer: wordTokenizer(),
  maximumLength: 16,
  virtualTokens: noVirtualTokens,
};
const ids = (text: string): number[] => text.split(' ').map((word) => wordIds[word]!);

test('answers of one length are scored in the same mask tokens, in place of the mask of the prompt', () => {
  const { documents, candidates, answer } = candidatesOf(
    record('it was [MASK] ! the cat', 'bad', ['great', 'bad']),
    encoder,
  );
  expect(documents.map(({ ids: own }) => [...own])).toEqual([
    ids('[CLS] it was [MASK] ! the cat [SEP]'),
  ]);
  expect(candidates).toEqual([
    [{ document: 0, tokens: [{ at: 3, token: wordIds['great'] }] }],
    [{ document: 0, tokens: [{ at: 3, token: wordIds['bad'] }] }],
  ]);
  expect(answer).toBe(1);
});

test('a longer answer has more masks, and without a mask in the prompt they stand after it', () => {
  const { documents, candidates } = candidatesOf(
    record('the cat', 'unbelievable', ['bad', 'unbelievable']),
    encoder,
  );
  expect(documents.map(({ ids: own }) => [...own])).toEqual([
    ids('[CLS] the cat [MASK] [SEP]'),
    ids('[CLS] the cat [MASK] [MASK] [MASK] [SEP]'),
  ]);
  expect(candidates[1]![0]!.tokens.map(({ at }) => at)).toEqual([3, 4, 5]);
});

test('a prompt that is too long loses its end, and never its answer', () => {
  const { documents, truncated } = candidatesOf(
    record('it was [MASK] ! the cat sat on the mat', 'bad', ['great', 'bad']),
    { ...encoder, maximumLength: 7 },
  );
  expect([...documents[0]!.ids]).toEqual(ids('[CLS] it was [MASK] ! the [SEP]'));
  expect(truncated).toBe(10);
});

test('records without choices, or with an answer that is none of them, are named', () => {
  expect(() => candidatesOf(record('it', 'bad', ['bad']), encoder)).toThrow(
    /example "r1" has no two answers/,
  );
  expect(() => candidatesOf(record('it', 'fair', ['bad', 'great']), encoder)).toThrow(
    /example "r1" has the answer "fair", which is not among its choices; accepted: "bad", "great"/,
  );
});

test('an instance is answered in the words that its template has for its choices', () => {
  const words: Record<string, string> = { pos: 'great', neg: 'unbelievable' };
  const template: PromptTemplate = {
    specVersion: 2,
    name: 'words',
    description: 'Other words.',
    messages: ({ instruction, output }) => [
      { role: 'user', content: `it was [MASK] ! ${instruction}` },
      { role: 'assistant', content: words[output] ?? '' },
    ],
  };
  const instance = {
    id: 'r1',
    instruction: 'the cat',
    output: 'neg',
    meta: { choices: ['pos', 'neg'] },
  };
  const { documents, answer } = candidatesOf(instance, { ...encoder, template });
  expect(documents.map(({ ids: own }) => [...own])).toEqual([
    ids('[CLS] it was [MASK] ! the cat [SEP]'),
    ids('[CLS] it was [MASK] [MASK] [MASK] ! the cat [SEP]'),
  ]);
  expect(answer).toBe(1);
  expect(candidatesOf({ ...instance, output: '' }, { ...encoder, template }).answer).toBe(-1);
  expect(() =>
    candidatesOf(
      { ...instance, meta: { choices: ['pos', 'other'] }, output: '' },
      { ...encoder, template },
    ),
  ).toThrow('example "r1" may be answered by "" (other), which has no token');
});

test('a record without choices has those that its template knows, and choices that are no texts are named', () => {
  const template: PromptTemplate = { ...sayings, labels: () => ['great', 'bad'] };
  const instance: Instance = { id: 'r1', instruction: 'it was', output: 'bad' };
  const { documents, answer } = candidatesOf(instance, { ...encoder, template });
  expect(documents.map(({ ids: own }) => [...own])).toEqual([ids('[CLS] it was [MASK] [SEP]')]);
  expect(answer).toBe(1);
  expect(() => candidatesOf({ ...instance, output: 'the' }, { ...encoder, template })).toThrow(
    'example "r1" has the answer "the", which is not among its choices; accepted: "great", "bad"',
  );
  const meta = { choices: 'bad' } as unknown as { choices: string[] };
  expect(() => candidatesOf({ ...instance, meta }, encoder)).toThrow(
    'record "r1": meta.choices is "bad"; accepted: a list of texts',
  );
});

const sayings: PromptTemplate = {
  specVersion: 2,
  name: 'sayings',
  description: 'Labels in several words.',
  messages: ({ instruction, output }) => [
    { role: 'user', content: instruction },
    { role: 'assistant', content: output },
  ],
  answers: ({ output }) => output.split('/'),
};
const asked = (instruction: string, choices: string[]): Instance => ({
  id: 'r1',
  instruction,
  output: choices[0]!,
  meta: { choices },
});

test('an answer may be said in several words, of one token or of more', () => {
  const { documents, candidates } = candidatesOf(
    asked('it was [MASK] .', ['great/unbelievable', 'bad']),
    { ...encoder, template: sayings },
  );
  expect(documents.map(({ ids: own }) => [...own])).toEqual([
    ids('[CLS] it was [MASK] . [SEP]'),
    ids('[CLS] it was [MASK] [MASK] [MASK] . [SEP]'),
  ]);
  expect(candidates.map((ways) => ways.map(({ document }) => document))).toEqual([[0, 1], [0]]);
});

test.each(['encoder', 'decoder'] as const)(
  'an answer in several words scores the mean of their log-likelihoods, or the highest: %s',
  async (kind) => {
    const decoder = {
      model: tinyLlama({ vocabulary: 260 }),
      tokenizer: byteTokenizer(turnTemplate, { eos_token: '<stop>' }),
    };
    const of = kind === 'encoder' ? encoder : decoder;
    const device = await openDevice('tfjs-cpu');
    const placed = await placeModel(of.model, device);
    const scoresOf = async (choices: string[], several_words: string): Promise<number[]> => {
      const objective = tinyObjective(
        { ...of, template: sayings },
        { name: 'choice', several_words },
      );
      const { scored } = await scoreRecords([asked('it was', choices)], { placed, objective });
      return [...scored[0]!.scores];
    };
    const single = await scoresOf(['great', 'unbelievable', 'bad'], 'mean');
    const [great, unbelievable, bad] = single as [number, number, number];
    const mean = await scoresOf(['great/unbelievable', 'bad'], 'mean');
    expect(mean[0]).toBeCloseTo((great + unbelievable) / 2, 4);
    const highest = await scoresOf(['great/unbelievable', 'bad'], 'highest');
    expect(highest[0]).toBeCloseTo(Math.max(great, unbelievable), 4);
    for (const scores of [mean, highest]) expect(scores[1]).toBeCloseTo(bad, 4);
    await device.close();
  },
);

test('answers that the vocabulary does not know are named', () => {
  expect(() => candidatesOf(record('it', 'bad', ['bad', 'splendid']), encoder)).toThrow(
    'example "r1" may be answered by "splendid", of which the vocabulary knows nothing',
  );
  expect(() =>
    candidatesOf(asked('it', ['great/bad', 'yes/bad']), { ...encoder, template: sayings }),
  ).toThrow(
    'example "r1" may be answered by "bad" (great/bad) and by "bad" (yes/bad), which have the same tokens',
  );
});

test('answers of the same tokens, and the mask of another vocabulary, are named', () => {
  expect(() => candidatesOf(record('it', 'bad', ['bad', 'Bad']), encoder)).toThrow(
    'example "r1" may be answered by "bad" and by "Bad", which have the same tokens',
  );
  expect(() => candidatesOf(record('it was <mask>', 'bad', ['bad', 'great']), encoder)).toThrow(
    'example "r1" has <mask> in its prompt, which is no mask token of the tokenizer; accepted: [MASK]',
  );
});

test('a gap that holds an ordinary word, and an answer that is the mask itself, are named', () => {
  const template: PromptTemplate = { ...sayings, gap: () => 'fair' };
  expect(() =>
    candidatesOf(asked('it was fair', ['bad', 'great']), { ...encoder, template }),
  ).toThrow(
    'example "r1" has fair in its gap, which is no mask token of the tokenizer; accepted: [MASK]',
  );
  expect(() => candidatesOf(record('it was', 'bad', ['bad', '[MASK]']), encoder)).toThrow(
    'example "r1" may be answered by "[MASK]", which has the mask token in it',
  );
});

test.each([
  [false, 'the log-likelihoods'],
  [true, 'the log-likelihoods per token'],
])('the loss is that of the right answer under a softmax over %s', async (normalized) => {
  const model = tinyLlama({ vocabulary: 260 });
  const tokenizer = byteTokenizer(turnTemplate, { eos_token: '<stop>' });
  const objective: Objective = tinyObjective(
    { model, tokenizer },
    { name: 'choice', length_normalized: normalized },
  );
  const example = objective.tokenize(record('Hi?', 'yes', ['yes', 'no', 'other']));
  const { tokens, supervised, places = {} } = objective.size(example);
  const { feeds } = objective.collate(
    [objective.row([example], { tokens })],
    { rows: 1, tokens, supervised, places, packed: true },
    { training: true, seeds: [0] },
  );
  const device = await openDevice('tfjs-cpu');
  const run = device.jit('choice', (inputs) => {
    const found = objective.loss(inputs, { parameters: inputs, hooks: {}, training: true });
    return { loss: found.loss, ...found.sums };
  });
  const found = await run({ ...(await readEveryWeight(model.weights)), ...feeds });
  const loss = (await device.read(found['loss']!)).data[0]!;
  const correct = (await device.read(found['correct']!)).data[0]!;

  const context = tokenizer.encode('<turn>user:Hi?<stop><turn>assistant:', { special: false });
  const language = createLanguageModel({ placed: await placeModel(model, device) });
  const requests = ['yes', 'no', 'other'].map((answer) => ({
    context,
    continuation: tokenizer.encode(`${answer}<stop>`, { special: false }),
  }));
  const scores = (await language.logLikelihoods(requests)).map(({ sum }, i) =>
    normalized ? sum / requests[i]!.continuation.length : sum,
  );
  await device.close();
  const total = Math.log(scores.reduce((sum, score) => sum + Math.exp(score - scores[0]!), 0));
  expect(loss).toBeCloseTo(total, 4);
  expect(correct).toBe(scores[0] === Math.max(...scores) ? 1 : 0);
});
