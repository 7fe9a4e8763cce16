import { expect, test } from 'vitest';
import type { Meta } from './meta.ts';
import { answerChoices } from './choices.ts';

const record = (choices?: unknown) => ({
  id: 'r1',
  instruction: 'Fine.',
  output: 'up',
  meta: choices === undefined ? {} : ({ choices } as Meta),
});
const template = { labels: () => ['up', 'down'] };

test('a record says its choices itself, or else an instance has those of its template', () => {
  expect(answerChoices(record(['a', 'b']), template)).toEqual(['a', 'b']);
  expect(answerChoices(record(), template)).toEqual(['up', 'down']);
  expect(answerChoices(record())).toBeUndefined();
  expect(answerChoices({ id: 'c1', messages: [] }, template)).toBeUndefined();
});

test.each([['negative'], [3], [true], [null], [{ a: 1 }], [[1, 2]], [[null, 'positive']], [[]]])(
  'choices that are no list of texts are an error: %j',
  (choices) => {
    expect(() => answerChoices(record(choices), template)).toThrow(
      `record "r1": meta.choices is ${JSON.stringify(choices)}; accepted: a list of texts`,
    );
  },
);
