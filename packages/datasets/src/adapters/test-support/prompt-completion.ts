import type { FormatCases } from './format-cases.ts';

export const promptCompletion: FormatCases = {
  rows: [
    {
      row: { prompt: 'The sea is', completion: ' salty.' },
      record: { instruction: 'The sea is', output: ' salty.' },
    },
    {
      row: {
        prompt: [{ role: 'user', content: 'Who wrote Faust?' }],
        completion: [{ role: 'assistant', content: 'Goethe.' }],
      },
      record: {
        messages: [
          { role: 'user', content: 'Who wrote Faust?' },
          { role: 'assistant', content: 'Goethe.' },
        ],
      },
    },
    {
      row: {
        prompt: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'One and one?' },
          { role: 'assistant', content: 'Two.' },
          { role: 'user', content: 'And one more?' },
        ],
        completion: [{ role: 'assistant', content: 'Three.' }],
        origin: 'arithmetic',
      },
      record: {
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'One and one?' },
          { role: 'assistant', content: 'Two.', train: false },
          { role: 'user', content: 'And one more?' },
          { role: 'assistant', content: 'Three.' },
        ],
        meta: { row: { origin: 'arithmetic' } },
      },
    },
  ],
  refused: [
    { row: { prompt: '', completion: 'a' }, message: 'prompt is ""' },
    { row: { prompt: 'a' }, message: 'completion is missing' },
  ],
  unusable: [
    {
      row: {
        prompt: [{ role: 'user', content: 'a' }],
        completion: [{ role: 'user', content: 'b' }],
      },
      message: 'odd turn order: user follows user',
    },
  ],
};
