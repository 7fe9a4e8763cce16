import type { FormatCases } from './format-cases.ts';

export const promptOnly: FormatCases = {
  rows: [
    {
      row: { prompt: 'Why does ice float?' },
      record: { instruction: 'Why does ice float?', output: '' },
    },
    {
      row: { id: 'q2', prompt: 'Name a use of cork.', topic: 'materials' },
      record: {
        id: 'q2',
        instruction: 'Name a use of cork.',
        output: '',
        meta: { row: { topic: 'materials' } },
      },
    },
    {
      row: { prompt: 'Write a line about rain.' },
      record: { instruction: 'Write a line about rain.', output: '' },
    },
  ],
  refused: [{ row: { prompt: '' }, message: 'prompt is ""' }],
};
