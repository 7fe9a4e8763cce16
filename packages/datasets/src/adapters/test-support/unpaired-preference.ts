import type { FormatCases } from './format-cases.ts';

export const unpairedPreference: FormatCases = {
  rows: [
    {
      row: { prompt: 'Is the sky green?', completion: 'No, it is blue.', label: true },
      record: {
        messages: [
          { role: 'user', content: 'Is the sky green?' },
          { role: 'assistant', content: 'No, it is blue.' },
        ],
        meta: { preferred: true },
      },
    },
    {
      row: { prompt: 'Is the sky green?', completion: 'Yes.', label: false },
      record: {
        messages: [
          { role: 'user', content: 'Is the sky green?' },
          { role: 'assistant', content: 'Yes.', train: false },
        ],
        meta: { preferred: false },
      },
    },
    {
      row: {
        prompt: [
          { role: 'system', content: 'Be kind.' },
          { role: 'user', content: 'Help me.' },
        ],
        completion: [{ role: 'assistant', content: 'Gladly.' }],
        label: true,
      },
      record: {
        messages: [
          { role: 'system', content: 'Be kind.' },
          { role: 'user', content: 'Help me.' },
          { role: 'assistant', content: 'Gladly.' },
        ],
        meta: { preferred: true },
      },
    },
  ],
  refused: [{ row: { prompt: 'a', completion: 'b', label: 'yes' }, message: 'label is "yes"' }],
};
