import type { FormatCases } from './format-cases.ts';

export const mtBench: FormatCases = {
  rows: [
    {
      row: {
        question_id: 201,
        category: 'writing',
        turns: ['Write a note to a neighbor about a loud rooster.', 'Make it half as long.'],
      },
      record: {
        id: '201',
        messages: [
          { role: 'user', content: 'Write a note to a neighbor about a loud rooster.' },
          { role: 'assistant', content: '' },
          { role: 'user', content: 'Make it half as long.' },
          { role: 'assistant', content: '' },
        ],
        meta: { category: 'writing' },
      },
    },
    {
      row: {
        question_id: 311,
        category: 'math',
        turns: ['What is 12 times 12?', 'And a third of that?'],
        reference: ['144', '48'],
      },
      record: {
        id: '311',
        messages: [
          { role: 'user', content: 'What is 12 times 12?' },
          { role: 'assistant', content: '144' },
          { role: 'user', content: 'And a third of that?' },
          { role: 'assistant', content: '48' },
        ],
        meta: { category: 'math' },
      },
    },
    {
      row: {
        question_id: 312,
        category: 'math',
        turns: ['What is 12 times 12?', 'And a third of that?'],
        reference: ['144', '48'],
        answers: [
          {
            answer_id: 'Qx7',
            model_id: 'small',
            choices: [{ index: 0, turns: ['It is 144.', 'That is 50.'] }],
            tstamp: 1700000000.5,
          },
        ],
      },
      record: {
        id: '312',
        messages: [
          { role: 'user', content: 'What is 12 times 12?' },
          { role: 'assistant', content: 'It is 144.' },
          { role: 'user', content: 'And a third of that?' },
          { role: 'assistant', content: 'That is 50.' },
        ],
        meta: {
          category: 'math',
          reference: ['144', '48'],
          answer_id: 'Qx7',
          model: 'small',
          answer: { tstamp: 1700000000.5 },
        },
      },
    },
  ],
  refused: [{ row: { question_id: 1, turns: [] }, message: 'turns is []' }],
  unusable: [
    {
      row: { question_id: 1, turns: ['a'], reference: ['b', 'c'] },
      message: 'there are 2 answers to 1 turns',
    },
  ],
};
