import type { FormatCases } from './format-cases.ts';

export const lima: FormatCases = {
  rows: [
    {
      row: {
        conversations: ['Can I freeze bread?', 'Yes, sliced, for about three months.'],
        source: 'stackexchange',
      },
      record: {
        messages: [
          { role: 'user', content: 'Can I freeze bread?' },
          { role: 'assistant', content: 'Yes, sliced, for about three months.' },
        ],
        meta: { source: 'stackexchange' },
      },
    },
    {
      row: {
        conversations: ['Suggest a hike.', 'The lake loop.', 'Shorter?', 'The mill path.'],
        source: 'multi_turn',
      },
      record: {
        messages: [
          { role: 'user', content: 'Suggest a hike.' },
          { role: 'assistant', content: 'The lake loop.' },
          { role: 'user', content: 'Shorter?' },
          { role: 'assistant', content: 'The mill path.' },
        ],
        meta: { source: 'multi_turn' },
      },
    },
    {
      row: { conversations: ['What is a fjord?', 'A drowned valley.'] },
      record: {
        messages: [
          { role: 'user', content: 'What is a fjord?' },
          { role: 'assistant', content: 'A drowned valley.' },
        ],
      },
    },
  ],
  refused: [{ row: { conversations: [{ from: 'human' }] }, message: 'conversations[0] is' }],
  unusable: [{ row: { conversations: ['a'] }, message: 'odd turn order: user comes last' }],
};
