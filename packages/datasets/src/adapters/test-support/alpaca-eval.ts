import type { FormatCases } from './format-cases.ts';

export const alpacaEval: FormatCases = {
  rows: [
    {
      row: {
        dataset: 'helpful_base',
        instruction: 'How do I boil an egg?',
        output_1: 'Put it in water.',
        generator_1: 'small',
        output_2: 'Put it in boiling water for seven minutes.',
        generator_2: 'large',
        annotator: 'a judge',
        preference: 2,
      },
      record: {
        instruction: 'How do I boil an egg?',
        output: 'Put it in boiling water for seven minutes.',
        rejected: 'Put it in water.',
        meta: {
          generator: 'large',
          rejected_generator: 'small',
          annotator: 'a judge',
          preference: 2,
          row: { dataset: 'helpful_base' },
        },
      },
    },
    {
      row: { instruction: 'Name a metal.', output_1: 'Tin.', output_2: 'Clay.', preference: 1.02 },
      record: {
        instruction: 'Name a metal.',
        output: 'Tin.',
        rejected: 'Clay.',
        meta: { preference: 1.02 },
      },
    },
    {
      row: {
        instruction: 'Name a gas.',
        output_1: 'Air.',
        generator_1: 'small',
        output_2: 'Neon.',
        generator_2: 'large',
        preference: 1.9,
      },
      record: {
        instruction: 'Name a gas.',
        output: 'Neon.',
        rejected: 'Air.',
        meta: { generator: 'large', rejected_generator: 'small', preference: 1.9 },
      },
    },
  ],
  refused: [
    {
      row: { instruction: 'a', output_1: 'b', output_2: 'c', preference: 3 },
      message: 'preference is 3',
    },
  ],
  unusable: [
    {
      row: { instruction: 'a', output_1: 'b', output_2: 'c', preference: 1.5 },
      message: 'a draw',
    },
  ],
};
