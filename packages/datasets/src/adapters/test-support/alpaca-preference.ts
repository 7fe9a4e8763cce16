import type { FormatCases } from './format-cases.ts';

export const alpacaPreference: FormatCases = {
  rows: [
    {
      row: {
        instruction: 'Which is heavier,',
        input: 'lead or cork?',
        chosen: 'Lead.',
        rejected: 'Cork.',
      },
      record: {
        instruction: 'Which is heavier,',
        input: 'lead or cork?',
        output: 'Lead.',
        rejected: 'Cork.',
      },
    },
    {
      row: {
        instruction: 'And in water?',
        chosen: 'Cork floats.',
        rejected: 'Both float.',
        system: 'Be exact.',
        history: [['Which is heavier?', 'Lead.']],
      },
      record: {
        instruction: 'And in water?',
        output: 'Cork floats.',
        rejected: 'Both float.',
        system: 'Be exact.',
        history: [{ instruction: 'Which is heavier?', output: 'Lead.' }],
      },
    },
    {
      row: { instruction: 'Name a tree.', chosen: 'Oak.', rejected: 'Moss.', round: 2 },
      record: {
        instruction: 'Name a tree.',
        output: 'Oak.',
        rejected: 'Moss.',
        meta: { row: { round: 2 } },
      },
    },
  ],
  refused: [{ row: { instruction: 'a', chosen: 'b' }, message: 'rejected is missing' }],
};
