import type { ChatModel, DataRecord, FilterContext, ScoringModel } from '@tunesmith/schema';
import { testDataFilter } from '@tunesmith/testing';
import { expect, test } from 'vitest';
import { createReport } from '../../report/data-report.ts';
import { applyFilters } from '../apply-filters.ts';
import { findFilter } from '../built-in.ts';
import { askForScore, exchangesOf } from './ask.ts';
import { ifd } from './ifd.ts';
import { judged } from './judged.ts';
import { perplexity } from './perplexity.ts';

const say = (id: string, instruction: string, output: string): DataRecord => ({
  id,
  instruction,
  output,
});

/** Loss 1 a token for each letter of the answer that stands in the context, else 2. */
const model: ScoringModel = {
  name: 'letters',
  losses: async (texts) =>
    texts.map(({ context, text }) => {
      const losses = [...text].map((letter) => (context.includes(letter) ? 1 : 2));
      const sum = losses.reduce((total: number, loss) => total + loss, 0);
      return { loss: sum / losses.length, tokens: losses.length };
    }),
  embeddings: async () => {
    throw new Error('not asked');
  },
};

const answering = (answer: (prompt: string) => string): ChatModel => ({
  name: 'scripted',
  respond: async ([message]) => ({
    answers: [{ text: answer(message!.content as string), finish: 'stop' }],
  }),
});

const context: Partial<FilterContext> = { scoringModel: async () => model };
const rows = [say('helped', 'xy', 'xy'), say('half', 'x', 'xy'), say('alone', 'q', 'xy')];

testDataFilter(perplexity, {
  context,
  options: { model: 'letters' },
  cases: [
    {
      options: { maximum: 5 },
      records: rows,
      kept: ['helped', 'half'],
      reasons: ['perplexity above 5'],
    },
    { options: { maximum: 5, given: 'nothing' }, records: rows, kept: [] },
    { options: { share: 0.3 }, records: rows, kept: ['helped'] },
    { options: { share: 0.3, best: 'highest' }, records: rows, kept: ['alone'] },
  ],
  refused: [
    { options: { minimum: 2, maximum: 1 }, message: 'minimum 2 is above maximum 1' },
    { options: { model: 5 }, message: 'model' },
  ],
});

const bare = { asked: '{prompt}', unasked: '' };
testDataFilter(ifd, {
  context,
  options: { model: 'letters' },
  cases: [
    { options: { ...bare, share: 0.3 }, records: rows, kept: ['alone'] },
    { options: { ...bare, maximum: 0.8 }, records: rows, kept: ['helped', 'half'] },
    {
      options: { ...bare, maximum: 0.6, definition: 'perplexity' },
      records: [...rows, say('none', 'x', ' ')],
      kept: ['helped'],
      reasons: ['ifd above 0.6', 'no ifd score'],
    },
  ],
  refused: [{ options: { definition: 'both' }, message: 'definition' }],
});

test('both definitions divide the same losses, and the score goes on with the record', async () => {
  const scores: unknown[] = [];
  for (const definition of ['loss', 'perplexity']) {
    const filter = findFilter({ name: 'ifd', model: 'letters', definition, ...bare });
    const kept = applyFilters([rows[1]!], [filter], { report: createReport(), context });
    scores.push((await kept.next()).value.meta.scores);
  }
  // Losses 1.5 and 2.
  expect(scores).toEqual([{ ifd: 1.5 / 2 }, { ifd: Math.exp(1.5 - 2) }]);
});

const grades = answering((prompt) => (prompt.includes('Blue') ? '5\nIt is right.' : '2 of 5'));
testDataFilter(judged, {
  context: { chatModel: async () => grades },
  options: { judge: 'scripted' },
  cases: [
    {
      records: [say('good', 'Name a color', 'Blue'), say('bad', 'Name a color', 'Wood')],
      kept: ['good'],
      reasons: ['judged below 4.5'],
    },
    { options: { minimum: 2 }, records: rows, kept: ['helped', 'half', 'alone'] },
  ],
  refused: [
    { options: { prompt: 'Is it good?' }, message: 'does not show the answer' },
    { options: { judge: 3 }, message: 'judge' },
  ],
});

test.each([
  ['4', 4],
  ['4.5 because', 4.5],
  ['I think it is good.\nScore: 3', 3],
  ['Score (0-5):', undefined],
  ['9', undefined],
  ['no idea', undefined],
  ['', undefined],
])('of the answer %j the score is %j', async (text, score) => {
  const exchange = { prompt: 'a', answer: 'b' };
  const found = await askForScore(
    answering(() => text),
    '{prompt} {answer}',
    exchange,
    [1, 6],
  );
  expect(found).toBe(score);
});

test('what is asked shows both texts as they are', async () => {
  const asked: string[] = [];
  const model = answering((prompt) => {
    asked.push(prompt);
    return '1';
  });
  const exchange = { prompt: '{answer} $&', answer: '{prompt}' };
  await askForScore(model, 'Q: {prompt} A: {answer}', exchange, [0, 5]);
  expect(asked).toEqual(['Q: {answer} $& A: {prompt}']);
});

test('exchanges are a question with all before it, and its answer', () => {
  expect(
    exchangesOf({
      id: '1',
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'Bye' },
        { role: 'assistant', content: 'See you' },
      ],
    }),
  ).toEqual([
    { prompt: 'Be kind.\n\nHi', answer: 'Hello' },
    { prompt: 'Bye', answer: 'See you' },
  ]);
  const instance = { id: '1', instruction: 'Add', input: '1 2', output: '3' };
  expect(exchangesOf(instance)).toEqual([{ prompt: 'Add\n\n1 2', answer: '3' }]);
  expect(exchangesOf({ id: '1', input_ids: [1], labels: [1] })).toEqual([]);
});
