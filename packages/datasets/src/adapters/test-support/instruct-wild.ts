import type { FormatCases } from './format-cases.ts';

export const instructWild: FormatCases = {
  rows: [
    {
      row: { instruction: 'Plan a garden for a shady yard.', instruction_type: 'planning' },
      record: {
        instruction: 'Plan a garden for a shady yard.',
        output: '',
        meta: { instruction_type: 'planning' },
      },
    },
    {
      row: {
        instruction: 'Act as a patient piano teacher.',
        instruction_type: ['role play', 'music'],
        special_tag: 'user_3',
      },
      record: {
        instruction: 'Act as a patient piano teacher.',
        output: '',
        meta: { instruction_type: ['role play', 'music'], special_tag: 'user_3' },
      },
    },
    {
      row: {
        instruction: 'What is a good name for a gray cat?',
        instruction_type: 'open',
        output: 'Ash.',
      },
      record: {
        instruction: 'What is a good name for a gray cat?',
        output: 'Ash.',
        meta: { instruction_type: 'open' },
      },
    },
  ],
  refused: [{ row: { instruction: 'a' }, message: 'instruction_type is missing' }],
};
