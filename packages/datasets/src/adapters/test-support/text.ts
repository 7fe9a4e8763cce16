import type { FormatCases } from './format-cases.ts';

export const text: FormatCases = {
  rows: [
    {
      row: { text: 'Cork floats because most of it is air.' },
      record: {
        messages: [{ role: 'assistant', content: 'Cork floats because most of it is air.' }],
      },
    },
    {
      row: { id: 'rain', text: '### Human: What is rain?\n### Assistant: Water that falls.' },
      record: {
        id: 'rain',
        messages: [
          {
            role: 'assistant',
            content: '### Human: What is rain?\n### Assistant: Water that falls.',
          },
        ],
      },
    },
    {
      row: { text: 'The tide turned at six.\n', meta: { source: 'diary' } },
      record: {
        messages: [{ role: 'assistant', content: 'The tide turned at six.\n' }],
        meta: { source: 'diary' },
      },
    },
  ],
  refused: [{ row: { text: '' }, message: 'text is ""' }],
};
