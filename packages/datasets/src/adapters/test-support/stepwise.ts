import type { FormatCases } from './format-cases.ts';

export const stepwise: FormatCases = {
  rows: [
    {
      row: {
        prompt: 'What is 3 times 4 plus 1?',
        completions: ['3 times 4 is 12.', '12 plus 1 is 13.'],
        labels: [true, true],
      },
      record: {
        messages: [
          { role: 'user', content: 'What is 3 times 4 plus 1?' },
          { role: 'assistant', content: '3 times 4 is 12.\n12 plus 1 is 13.' },
        ],
        meta: {
          steps: [
            { text: '3 times 4 is 12.', right: true },
            { text: '12 plus 1 is 13.', right: true },
          ],
        },
      },
    },
    {
      row: {
        prompt: 'Half of 10?',
        completions: ['10 over 2 is 4.'],
        labels: [false],
        source: 'made up',
      },
      record: {
        messages: [
          { role: 'user', content: 'Half of 10?' },
          { role: 'assistant', content: '10 over 2 is 4.', train: false },
        ],
        meta: { steps: [{ text: '10 over 2 is 4.', right: false }], row: { source: 'made up' } },
      },
    },
    {
      row: { prompt: 'Name a prime.', completions: ['Seven.'], labels: [true] },
      record: {
        messages: [
          { role: 'user', content: 'Name a prime.' },
          { role: 'assistant', content: 'Seven.' },
        ],
        meta: { steps: [{ text: 'Seven.', right: true }] },
      },
    },
  ],
  refused: [{ row: { prompt: 'a', completions: [], labels: [] }, message: 'completions is []' }],
  unusable: [
    {
      row: { prompt: 'a', completions: ['b', 'c'], labels: [true] },
      message: 'a label for each step is needed',
    },
  ],
};
