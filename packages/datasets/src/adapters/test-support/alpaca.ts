import type { FormatCases } from './format-cases.ts';

export const alpaca: FormatCases = {
  rows: [
    {
      row: {
        instruction: 'Name the three primary colors.',
        input: '',
        output: 'Red, yellow and blue.',
      },
      record: { instruction: 'Name the three primary colors.', output: 'Red, yellow and blue.' },
    },
    {
      row: {
        instruction: 'Translate to French',
        input: 'cat',
        output: 'chat',
        system: 'You translate.',
        history: [['Hi', 'Ho']],
      },
      record: {
        instruction: 'Translate to French',
        input: 'cat',
        output: 'chat',
        system: 'You translate.',
        history: [{ instruction: 'Hi', output: 'Ho' }],
      },
    },
    {
      row: {
        idx: 4,
        instruction: 'List two rivers, and say where each one ends.',
        output: 'The Elbe and the Po; in the North Sea and the Adriatic.',
      },
      record: {
        instruction: 'List two rivers, and say where each one ends.',
        output: 'The Elbe and the Po; in the North Sea and the Adriatic.',
        meta: { row: { idx: 4 } },
      },
    },
    {
      row: { instruction: 'How tall is a giraffe?', output: 'About five meters.', kto_tag: true },
      record: {
        instruction: 'How tall is a giraffe?',
        output: 'About five meters.',
        meta: { preferred: true },
      },
    },
    {
      row: { instruction: 'Plural of', input: 'mouse', output: 'mouses', kto_tag: false },
      record: {
        messages: [
          { role: 'user', content: 'Plural of\n\nmouse' },
          { role: 'assistant', content: 'mouses', train: false },
        ],
        meta: { preferred: false },
      },
    },
  ],
  refused: [
    { row: { instruction: 'Name a color' }, message: 'output is missing' },
    { row: { instruction: 'a', output: 'b', history: [['only one']] }, message: 'history[0]' },
    { row: [], message: 'is' },
  ],
};
