import { placeModel } from '@tunesmith/models';
import type { Model } from '@tunesmith/models';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device } from '@tunesmith/runtime';
import type { Conversation } from '@tunesmith/schema';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tinyBert } from '../../test-support/tiny.ts';
import { wordCount, wordTokenizer } from '../../test-support/word-tokenizer.ts';
import { noVirtualTokens } from '../data/documents.ts';
import { createObjective } from '../objectives/plugins.ts';
import { scoreRecords } from './score.ts';
import { train } from './train.ts';

const tokenizer = wordTokenizer();
const masked = tinyBert({ vocabulary: wordCount });
const classifier = tinyBert({ vocabulary: wordCount, labels: ['great', 'bad', 'fair'] });

let device: Device;
beforeAll(async () => {
  device = await openDevice('cpu');
});
afterAll(() => device.close());

const ask = (id: string, question: string, choices: string[], answer?: string): Conversation => ({
  id,
  messages: [
    { role: 'user', content: question },
    ...(answer === undefined ? [] : [{ role: 'assistant' as const, content: answer }]),
  ],
  meta: { choices },
});
/** Uneven: two answers of one token, three of which one has three, and two again. */
const records = [
  ask('a', 'it was [MASK] ! a movie', ['great', 'bad'], 'bad'),
  ask('b', 'the cats sat on the mat', ['fair', 'unbelievable', 'bad'], 'unbelievable'),
  ask('c', '[MASK] . is it ?', ['yes', 'no'], 'yes'),
];

const scoring = async (model: Model, objective: string, of: readonly Conversation[]) => {
  const placed = await placeModel(model, device);
  const made = createObjective(objective, {
    model,
    tokenizer,
    maximumLength: 32,
    virtualTokens: noVirtualTokens,
  });
  try {
    return await scoreRecords(of, { placed, objective: made, batchSize: 2 });
  } finally {
    placed.dispose();
  }
};

/** The loss of one record before anything is learned. */
async function lossOf(model: Model, objective: string, record: Conversation): Promise<number> {
  let loss = Number.NaN;
  await train({
    model,
    full: true,
    objective,
    tokenizer,
    data: [record],
    device,
    seed: 0,
    training: { steps: 1, batch_size: 1, max_length: 32, checkpoint_every: 0 },
    onEvent: (event) => event.type === 'step' && (loss = event.loss),
  });
  return loss;
}

function negativeLogSoftmax(scores: readonly number[], of: number): number {
  const most = Math.max(...scores);
  const sum = scores.reduce((total, score) => total + Math.exp(score - most), 0);
  return Math.log(sum) + most - scores[of]!;
}

test('the scores of answers are those that training on them sees', async () => {
  const { scored } = await scoring(masked, 'choice', records);
  for (const [i, { answers, scores, record }] of scored.entries()) {
    expect(record).toBe(records[i]);
    const right = answers.indexOf(String(records[i]!.messages.at(-1)!.content));
    expect(negativeLogSoftmax(scores, right)).toBeCloseTo(
      await lossOf(masked, 'choice', records[i]!),
      4,
    );
  }
  expect(scored.map(({ scores }) => scores.length)).toEqual([2, 3, 2]);
});

test('the scores of labels are those of the head', async () => {
  const { scored } = await scoring(classifier, 'classification', records);
  const labeled = { ...records[1]!, meta: { label: 'fair' } };
  expect(scored[1]!.answers).toEqual(['great', 'bad', 'fair']);
  expect(-scored[1]!.scores[2]!).toBeCloseTo(
    await lossOf(classifier, 'classification', labeled),
    4,
  );
});

test('a record need not say what is right', async () => {
  const bare = records.map(({ id, messages, meta }) =>
    ask(id, String(messages[0]!.content), meta!.choices!),
  );
  const [told, untold] = [
    await scoring(masked, 'choice', records),
    await scoring(masked, 'choice', bare),
  ];
  expect(untold.scored.map(({ scores }) => scores)).toEqual(
    told.scored.map(({ scores }) => scores),
  );
});

test('an objective that does not choose has no scores', async () => {
  await expect(scoring(masked, 'masked-lm', records)).rejects.toMatchObject({ code: 'no-scores' });
});
