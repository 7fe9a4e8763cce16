import { describe, expect, test } from 'vitest';
import { integrate, type AnnotatedTask } from './annotated-task.ts';
import { compilePhrasing } from './phrasing.ts';

describe('a phrasing', () => {
  test('names fields in braces, and writes doubled braces as one', () => {
    const phrasing = compilePhrasing(
      {
        name: 'json',
        instruction: 'Give {{"plural": …}} for {word}.',
        input: '{word}',
        output: '{{"plural": "{answer}"}}',
      },
      ['word', 'answer'],
    );
    expect(phrasing.fields).toEqual(['word', 'answer']);
    expect(phrasing.fill({ word: '{ox}', answer: 'oxen' })).toEqual({
      instruction: 'Give {"plural": …} for {ox}.',
      input: '{ox}',
      output: '{"plural": "oxen"}',
    });
  });

  test.each([
    ['Plural of {wrod}?', 'phrasing "p" names {wrod}, which rows do not have; nearest: "word"'],
    ['Plural of {word?', 'phrasing "p" has a lone {'],
    ['Plural of word}?', 'phrasing "p" has a lone }'],
    ['Plural of {}?', 'names {}'],
  ])('%s is refused', (instruction, message) => {
    expect(() => compilePhrasing({ name: 'p', instruction }, ['word', 'answer'])).toThrow(message);
  });
});

describe('integrate', () => {
  const task: AnnotatedTask = {
    name: 'plural',
    cluster: 'forms',
    description: 'The plural of a noun.',
    fields: ['word'],
    phrasings: [
      { name: 'ask', instruction: 'What is the plural of {word}?' },
      { name: 'input', instruction: 'Give the plural.', input: '{word}' },
      { name: 'choose', instruction: 'Plural of {word}: {choices}?' },
    ],
    choices: ['oxen', 'mice', 'feet'],
    source: 'irregular-plurals',
    license: 'MIT',
    rows: () => [
      { item: 'ox', fields: { word: 'ox', answer: 'oxen' } },
      { item: 'mouse', fields: { word: 'mouse', answer: 'mice' } },
      { item: 'foot', fields: { word: 'foot', answer: 'feet' } },
    ],
  };

  test('every phrasing of every row, with its provenance', () => {
    const instances = [...integrate(task, task.rows(), { choose: 'all', split: 'train' })];
    expect(instances).toHaveLength(9);
    expect(instances[1]).toEqual({
      id: 'plural/ox/input',
      instruction: 'Give the plural.',
      input: 'ox',
      output: 'oxen',
      meta: {
        task: 'plural',
        cluster: 'forms',
        template: 'input',
        source: 'irregular-plurals',
        license: 'MIT',
        split: 'train',
        choices: ['oxen', 'mice', 'feet'],
      },
    });
    expect(instances[2]!.instruction).toBe('Plural of ox: oxen, mice, feet?');
  });

  test('rotating, phrasings take turns', () => {
    const templates = [...integrate(task, task.rows(), { choose: 'rotate' })].map(
      ({ meta }) => meta!.template,
    );
    expect(templates).toEqual(['ask', 'input', 'choose']);
  });

  test('by hash, the phrasing of a row depends on row and seed, not on its neighbors', () => {
    const all = [...integrate(task, task.rows(), { seed: 1 })];
    const last = [...integrate(task, [...task.rows()].slice(2), { seed: 1 })];
    expect(last).toEqual(all.slice(2));
    const seeds = Array.from(
      { length: 30 },
      (_, seed) => [...integrate(task, task.rows(), { seed })][0]!.meta!.template,
    );
    expect(new Set(seeds)).toEqual(new Set(['ask', 'input', 'choose']));
  });

  test('an answer that is not among the choices is an error', () => {
    const rows = [{ item: 'goose', fields: { word: 'goose', answer: 'geese' } }];
    expect(() => [...integrate(task, rows)]).toThrow(
      'task "plural": the answer for "goose" is "geese"; accepted: oxen, mice, feet',
    );
  });
});
