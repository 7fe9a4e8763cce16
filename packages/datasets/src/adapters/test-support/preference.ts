import type { FormatCases } from './format-cases.ts';

export const preference: FormatCases = {
  rows: [
    {
      row: { prompt: 'What floats?', chosen: 'Wood floats.', rejected: 'Iron floats.' },
      record: { instruction: 'What floats?', output: 'Wood floats.', rejected: 'Iron floats.' },
    },
    {
      row: {
        prompt: [{ role: 'user', content: 'Greet me.' }],
        chosen: [{ role: 'assistant', content: 'Good day!' }],
        rejected: [{ role: 'assistant', content: 'No.' }],
        score_chosen: 8,
      },
      record: {
        messages: [
          { role: 'user', content: 'Greet me.' },
          { role: 'assistant', content: 'Good day!' },
        ],
        rejected: [{ role: 'assistant', content: 'No.' }],
        meta: { row: { score_chosen: 8 } },
      },
    },
    {
      row: {
        chosen: [
          { role: 'user', content: 'Two and two?' },
          { role: 'assistant', content: 'Four.' },
          { role: 'user', content: 'Doubled?' },
          { role: 'assistant', content: 'Eight.' },
        ],
        rejected: [
          { role: 'user', content: 'Two and two?' },
          { role: 'assistant', content: 'Four.' },
          { role: 'user', content: 'Doubled?' },
          { role: 'assistant', content: 'Six.' },
        ],
      },
      record: {
        messages: [
          { role: 'user', content: 'Two and two?' },
          { role: 'assistant', content: 'Four.', train: false },
          { role: 'user', content: 'Doubled?' },
          { role: 'assistant', content: 'Eight.' },
        ],
        rejected: [{ role: 'assistant', content: 'Six.' }],
      },
    },
    {
      row: {
        chosen: '\n\nHuman: Is tea hot?\n\nAssistant: Mostly, yes.',
        rejected: '\n\nHuman: Is tea hot?\n\nAssistant: Never.',
      },
      record: {
        messages: [
          { role: 'user', content: 'Is tea hot?' },
          { role: 'assistant', content: 'Mostly, yes.' },
        ],
        rejected: [{ role: 'assistant', content: 'Never.' }],
      },
    },
  ],
  refused: [{ row: { prompt: 'a', chosen: 'b' }, message: 'rejected is missing' }],
  unusable: [
    {
      row: { chosen: 'Tea is hot.', rejected: 'Tea is cold.' },
      message: 'the prompt cannot be told from the answers',
    },
    {
      row: {
        chosen: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b' },
        ],
        rejected: [
          { role: 'user', content: 'c' },
          { role: 'assistant', content: 'd' },
        ],
      },
      message: 'chosen and rejected part before the last question',
    },
  ],
};
