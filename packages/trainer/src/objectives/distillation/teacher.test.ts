import type { Instance } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { distributionOf, negativeEntropy, teacherTokensOf, tempered } from './teacher.ts';

const record = (meta: Record<string, unknown>): Instance => ({
  id: 'r1',
  instruction: 'i',
  output: 'o',
  meta,
});

test('a distribution is scaled so that it adds up to 1', () => {
  expect(distributionOf(record({ distribution: [3, 1] }), 2)).toEqual([0.75, 0.25]);
});

test('a temperature flattens as it does the softmax of logits: logits 2 and 0 at T = 2 are 1 and 0', () => {
  const softmax = (z: number) => 1 / (1 + Math.exp(-z));
  const [high, low] = tempered([softmax(2), softmax(-2)], 2);
  expect(high).toBeCloseTo(softmax(1), 12);
  expect(low).toBeCloseTo(softmax(-1), 12);
});

test('the negative entropy of even chances is −log n, and of certainty 0', () => {
  expect(negativeEntropy([0.25, 0.25, 0.25, 0.25])).toBeCloseTo(-Math.log(4), 12);
  expect(negativeEntropy([1, 0])).toBe(0);
});

test('predictions of a teacher are one list of tokens for each supervised token', () => {
  const teacher = { ids: [[5, 6], [7]], probabilities: [[0.6, 0.2], [1]] };
  const [first] = teacherTokensOf(record({ teacher }), 2);
  expect(first!.ids).toEqual([5, 6]);
  expect(first!.probabilities[0]).toBeCloseTo(0.75, 12);
  expect(() => teacherTokensOf(record({ teacher }), 3)).toThrow(
    /example "r1" has .* of a teacher; accepted: ids and probabilities, each 3 lists/,
  );
});

test('what is no distribution is named', () => {
  expect(() => distributionOf(record({}), 2)).toThrow(
    /example "r1" has no distribution of a teacher/,
  );
  expect(() => distributionOf(record({ distribution: [1] }), 2)).toThrow(/2 probabilities/);
  expect(() => distributionOf(record({ distribution: [1, -1] }), 2)).toThrow(/at least 0/);
});
