import type { FormatCases } from './format-cases.ts';

export const dolly: FormatCases = {
  rows: [
    {
      row: {
        instruction: 'When did the bakery open?',
        context: 'The bakery at the corner opened in 1912 and moved in 1960.',
        response: 'In 1912.',
        category: 'closed_qa',
      },
      record: {
        instruction: 'When did the bakery open?',
        input: 'The bakery at the corner opened in 1912 and moved in 1960.',
        output: 'In 1912.',
        meta: { task: 'closed_qa' },
      },
    },
    {
      row: {
        instruction: 'Give me three ideas for a rainy day.',
        context: '',
        response: 'Read, bake, mend a shirt.',
        category: 'brainstorming',
      },
      record: {
        instruction: 'Give me three ideas for a rainy day.',
        output: 'Read, bake, mend a shirt.',
        meta: { task: 'brainstorming' },
      },
    },
    {
      row: {
        instruction: 'Sort into fruit and not: pear, nail',
        response: 'Fruit: pear. Not: nail.',
      },
      record: {
        instruction: 'Sort into fruit and not: pear, nail',
        output: 'Fruit: pear. Not: nail.',
      },
    },
  ],
  refused: [{ row: { instruction: 'a', response: 3 }, message: 'response is 3' }],
};
