import { describe, expect, test } from 'vitest';
import { clozeTaskSchema } from './task.ts';
import { clozeTasks } from './published/index.ts';
import { readClozeTask } from './read.ts';

const task = {
  name: 'reviews',
  fields: ['review'],
  words: { positive: ['great', 'wonderful'], negative: 'terrible' },
  patterns: [
    { name: 'in-short', text: '{review} In short, it was {mask}.' },
    { name: 'braces', text: '{{{mask}}} {review}', words: { negative: 'bad', positive: 'good' } },
  ],
};
const withPattern = (pattern: object): object => ({ ...task, patterns: [pattern] });

test('a task is read with its labels in order; a label may have several words, a pattern words of its own', () => {
  const { labels, patterns } = readClozeTask(task);
  expect(labels).toEqual(['positive', 'negative']);
  expect(patterns.map(({ words }) => [...words])).toEqual([
    [
      ['positive', [[{ text: 'great' }], [{ text: 'wonderful' }]]],
      ['negative', [[{ text: 'terrible' }]]],
    ],
    [
      ['positive', [[{ text: 'good' }]]],
      ['negative', [[{ text: 'bad' }]]],
    ],
  ]);
  expect(patterns[1]).toMatchObject({
    before: [{ text: '{' }],
    after: [{ text: '}' }, { text: ' ' }, { field: 'review' }],
  });
});

test('the schema is a file too, current: vitest -u writes it again', async () => {
  const $schema = 'https://json-schema.org/draft/2020-12/schema';
  const text = JSON.stringify({ $schema, ...clozeTaskSchema }, null, 2);
  await expect(`${text}\n`).toMatchFileSnapshot('../../schemas/cloze-task.schema.json');
});

test('every task that comes along can be read, and its patterns name all of its fields', () => {
  expect(clozeTasks.map((one) => readClozeTask(one).patterns.length)).toEqual([
    6, 6, 4, 4, 4, 5, 5, 3, 3, 2, 3, 3,
  ]);
  for (const { name, fields, patterns } of clozeTasks)
    for (const { text } of patterns)
      for (const field of fields) expect(text, name).toContain(`{${field}}`);
});

describe('it is an error', () => {
  test.each([
    [{ ...task, verbalizer: {} }, 'invalid-cloze-task', '"verbalizer" is not a known key'],
    [{ ...task, words: { positive: 'great' } }, 'invalid-cloze-task', 'words'],
    [
      withPattern({ name: 'p', text: '{review}' }),
      'no-gap',
      'pattern "p" of task "reviews" has no gap',
    ],
    [withPattern({ name: 'p', text: '{mask} {mask}' }), 'no-gap', 'has 2 gaps'],
    [
      withPattern({ name: 'p', text: 'It was {mask}.' }),
      'no-field',
      'pattern "p" of task "reviews" names no field, so that it asks the same of all rows; accepted: at least one of {review}',
    ],
    [
      { ...task, words: JSON.parse('{"a":"x","b":"y","__proto__":"z"}') as object },
      'invalid-cloze-task',
      'reviews.json: cloze task: "words.__proto__" is not a known key',
    ],
    [withPattern({ name: 'p', text: '{reviw} {mask}' }), 'unknown-field', 'nearest: "review"'],
    [withPattern({ name: 'p', text: '{review {mask}' }), 'lone-brace', 'has a lone {'],
    [
      withPattern({ name: 'p', text: '{review} {mask}', words: { positive: 'a', neutral: 'b' } }),
      'other-labels',
      'has words for positive, neutral; accepted: positive, negative',
    ],
    [
      { ...task, words: { positive: 'good', negative: ' good' } },
      'same-word',
      'says "good" for both "positive" and "negative"',
    ],
    [
      { ...task, words: { positive: ['good', 'fine'], negative: ['bad', 'fine'] } },
      'same-word',
      'says "fine" for both "positive" and "negative"',
    ],
    [
      { ...task, words: { positive: ['good', 'good '], negative: 'bad' } },
      'same-word',
      'says "good" twice for "positive"',
    ],
    [{ ...task, words: { positive: [], negative: 'bad' } }, 'invalid-cloze-task', 'positive'],
    [
      { ...task, words: { positive: 'good', negative: ' ' } },
      'empty-word',
      'has no word for "negative"',
    ],
    [
      { ...task, patterns: [task.patterns[0], task.patterns[0]] },
      'duplicate-name',
      'two patterns are named "in-short"',
    ],
    [{ ...task, fields: ['mask'] }, 'reserved-field', 'has a field "mask"'],
  ])('%#', (value, code, message) => {
    let error: unknown;
    try {
      readClozeTask(value, 'reviews.json');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code });
    expect(`${error as Error}`).toContain(message);
  });
});
