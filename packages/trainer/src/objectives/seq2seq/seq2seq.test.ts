import type { Conversation } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { tinyObjective } from '../../../test-support/causal-rows.ts';
import { tinyT5 } from '../../../test-support/tiny.ts';
import { wordCount, wordIds, wordTokenizer } from '../../../test-support/word-tokenizer.ts';
import { findings } from '../../data/report.ts';
import { prepareData } from '../../data/prepare.ts';
import type { PairExample } from './seq2seq.ts';

const model = tinyT5({ vocabulary: wordCount });
const objective = (around: 'both' | 'end' = 'end', options: object = {}, maximumLength = 64) =>
  tinyObjective(
    { model, tokenizer: wordTokenizer(around), maximumLength },
    { name: 'seq2seq', ...options },
  );
const talk = (id: string, question: string, answer: string): Conversation => ({
  id,
  messages: [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ],
});
const ids = (text: string): number[] => text.split(' ').map((word) => wordIds[word]!);
const pairOf = (example: unknown) => {
  const { source, ids: read, targets } = example as PairExample;
  return { source: [...source], read: [...read], targets: [...targets] };
};

test('the encoder reads what is before the answer, the decoder the answer shifted right', () => {
  expect(pairOf(objective().tokenize(talk('a', 'is it bad ?', 'it was great')))).toEqual({
    source: ids('is it bad ? [SEP]'),
    read: ids('[PAD] it was great'),
    targets: ids('it was great [SEP]'),
  });
});

test('a tokenizer that begins texts too begins both sides, as that of BART does', () => {
  expect(pairOf(objective('both').tokenize(talk('a', 'is it ?', 'no')))).toEqual({
    source: ids('[CLS] is it ? [SEP]'),
    read: ids('[PAD] [CLS] no'),
    targets: ids('[CLS] no [SEP]'),
  });
});

test('of tokens, the last run of labels is the answer', () => {
  const record = { id: 'a', input_ids: [5, 6, 7, 8, 9], labels: [-100, 6, -100, 8, 9] };
  expect(pairOf(objective().tokenize(record))).toEqual({
    source: [5, 6, 7],
    read: [0, 8],
    targets: [8, 9],
  });
});

test('source and answer have limits of their own; what is cut is counted, and a source keeps its end token', async () => {
  const shorter = objective('end', { source_length: 4 }, 3);
  const records = [talk('a', 'the cat sat on the mat', 'it was great !'), talk('b', 'it', 'no')];
  const { source, report } = await prepareData(records, { objective: shorter, packing: false });
  expect([source.tokens, source.sourceTokens]).toEqual([3, 4]);
  expect([...source.row(0).source!.ids]).toEqual(ids('the cat sat [SEP]'));
  expect([...source.row(0).targets!]).toEqual(ids('it was great'));
  expect(report.truncated).toMatchObject({ examples: 1, tokens: 5 });
  expect(findings(report).map(({ code }) => code)).toEqual(['truncated']);
});

test('packed pairs share both rows, and documents of one number belong together', async () => {
  const records = [talk('a', 'is it ?', 'no'), talk('b', 'the cat', 'yes')];
  const { source } = await prepareData(records, { objective: objective(), packing: true });
  expect(source.rows).toBe(1);
  const row = source.row(0);
  expect([...row.source!.segmentIds]).toEqual([1, 1, 1, 1, 2, 2, 2]);
  expect([...row.segmentIds]).toEqual([1, 1, 2, 2]);
  expect([...row.positions]).toEqual([0, 1, 0, 1]);
});

test('the preview shows source and answer', () => {
  const pairs = objective();
  const row = pairs.row([pairs.tokenize(talk('a', 'is it ?', 'no'))], {
    tokens: 2,
    sourceTokens: 4,
  });
  const text = pairs.preview(row, (all) => wordTokenizer('end').decode(all));
  expect(text[0]!.map((piece) => piece.text).join('')).toBe('is it ? [SEP] → no [SEP]');
  expect(text[0]!.at(-1)).toEqual({ text: 'no [SEP]', supervised: true });
});

test('noise is for the source, by its own length, and only in training', () => {
  const noisy = objective('end', { neftune_alpha: 6 });
  const row = noisy.row([noisy.tokenize(talk('a', 'is it ?', 'no'))], {
    tokens: 2,
    sourceTokens: 5,
  });
  const shape = { rows: 1, tokens: 2, sourceTokens: 5, supervised: 2, packed: true };
  const fed = (training: boolean) => noisy.collate([row], shape, { training, seeds: [1] }).feeds;
  const amplitude = 6 / Math.sqrt(4 * model.spec.width);
  const { data, shape: size } = fed(true)['source/noise']!;
  expect(size).toEqual([1, 5]);
  expect([...data]).toEqual([amplitude, amplitude, amplitude, amplitude, 0].map(Math.fround));
  expect(fed(true)).not.toHaveProperty('noise');
  expect(fed(false)).not.toHaveProperty('source/noise');
});
