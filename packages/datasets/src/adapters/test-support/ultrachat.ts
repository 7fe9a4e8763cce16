import type { FormatCases } from './format-cases.ts';

export const ultrachat: FormatCases = {
  rows: [
    {
      row: { id: '0', data: ['How are bricks made?', 'From clay that is fired.'] },
      record: {
        id: '0',
        messages: [
          { role: 'user', content: 'How are bricks made?' },
          { role: 'assistant', content: 'From clay that is fired.' },
        ],
      },
    },
    {
      row: { id: '1', data: ['Name a knot.', 'The bowline.', 'Another?', 'The clove hitch.'] },
      record: {
        id: '1',
        messages: [
          { role: 'user', content: 'Name a knot.' },
          { role: 'assistant', content: 'The bowline.' },
          { role: 'user', content: 'Another?' },
          { role: 'assistant', content: 'The clove hitch.' },
        ],
      },
    },
    {
      row: { id: '2', data: ['Why is dew wet?', 'It is water.'], topic: 'weather' },
      record: {
        id: '2',
        messages: [
          { role: 'user', content: 'Why is dew wet?' },
          { role: 'assistant', content: 'It is water.' },
        ],
        meta: { row: { topic: 'weather' } },
      },
    },
  ],
  refused: [{ row: { data: [] }, message: 'data is []' }],
  unusable: [{ row: { data: ['a', 'b', 'c'] }, message: 'odd turn order: user comes last' }],
};
