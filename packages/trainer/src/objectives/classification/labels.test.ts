import type { Instance } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { noVirtualTokens } from '../../data/documents.ts';
import { tinyLlama } from '../../../test-support/tiny.ts';
import { labelsOf } from './labels.ts';
import type { LabelHead } from './labels.ts';

const context = { model: tinyLlama(), maximumLength: 8, virtualTokens: noVirtualTokens };
const head = (problem: LabelHead['problem'], labels = ['bad', 'fair', 'great']): LabelHead => ({
  kind: 'labels',
  labels,
  token: 'first',
  problem,
});
const record = (output: string, label?: unknown): Instance => ({
  id: 'r1',
  instruction: 'Rate it.',
  output,
  ...(label === undefined ? {} : { meta: { label } }),
});
const read = (one: Instance, of: LabelHead, renamed = {}) => labelsOf(one, of, context, renamed);

test('a label is a name or a number in meta, or the text of the answer', () => {
  expect(read(record('', 'great'), head('single'))).toEqual([2]);
  expect(read(record('', 1), head('single'))).toEqual([1]);
  expect(read(record(' fair\n'), head('single'))).toEqual([1]);
  expect(read(record('awful'), head('single'), { awful: 'bad' })).toEqual([0]);
});

test('any number of labels is a list, or names separated by commas', () => {
  expect(read(record('', ['great', 0]), head('several'))).toEqual([1, 0, 1]);
  expect(read(record('bad, fair'), head('several'))).toEqual([1, 1, 0]);
  expect(read(record(''), head('several'))).toEqual([0, 0, 0]);
});

test('numbers to come near are numbers', () => {
  expect(read(record('2.5'), head('regression', ['stars']))).toEqual([2.5]);
  expect(read(record('', [1, -2]), head('regression', ['x', 'y']))).toEqual([1, -2]);
});

test('what the model does not know is an error that names the example', () => {
  expect(() => read(record('awful'), head('single'))).toThrow(
    /example "r1" has the label "awful", which the model does not know; accepted: one of bad, fair, great/,
  );
  expect(() => read(record('many'), head('regression', ['stars']))).toThrow(
    /"r1" has the label "many"/,
  );
  expect(() => read(record('', ['bad', 'fair']), head('single'))).toThrow(/has 2 labels/);
});
