import type { FormatCases } from './format-cases.ts';

export const unnaturalInstructions: FormatCases = {
  rows: [
    {
      row: {
        instruction: 'You are given the name of a dish. Say whether it is sweet.',
        instances: [
          {
            instruction_with_input:
              'You are given the name of a dish. Say whether it is sweet.\nDish: pancakes with jam',
            input: 'Dish: pancakes with jam',
            constraints: "The output is 'yes' or 'no'.",
            output: 'yes',
          },
        ],
      },
      record: {
        instruction:
          "You are given the name of a dish. Say whether it is sweet.\nThe output is 'yes' or 'no'.",
        input: 'Dish: pancakes with jam',
        output: 'yes',
        meta: { constraints: "The output is 'yes' or 'no'." },
      },
    },
    {
      row: {
        id: 'u2',
        instruction: 'Write the opposite of the word.',
        instances: [
          {
            instruction_with_input: 'Write the opposite of the word.\nWord: early',
            input: 'Word: early',
            constraints: 'None.',
            output: 'late',
          },
        ],
        reformulations: [
          {
            instruction: 'Which word means the contrary?',
            instruction_with_input: 'Which word means the contrary? Word: early',
            input: 'Word: early',
            output: 'late',
          },
        ],
      },
      record: [
        {
          id: 'u2/1',
          instruction: 'Write the opposite of the word.',
          input: 'Word: early',
          output: 'late',
          meta: { constraints: 'None.' },
        },
        {
          id: 'u2/2',
          instruction: 'Which word means the contrary?',
          input: 'Word: early',
          output: 'late',
          meta: { reformulation_of: 'Write the opposite of the word.' },
        },
      ],
    },
    {
      row: {
        instruction: 'Continue the row of numbers.',
        instances: [
          {
            instruction_with_input: 'Continue the row of numbers.\n2, 4, 6',
            input: '2, 4, 6',
            output: '8',
          },
        ],
      },
      record: { instruction: 'Continue the row of numbers.', input: '2, 4, 6', output: '8' },
    },
  ],
  refused: [
    {
      row: { instruction: 'a', instances: [{ input: 'b', output: 'c' }] },
      message: 'instances[0].instruction_with_input is missing',
    },
  ],
  unusable: [{ row: { instruction: 'a', instances: [] }, message: 'a task without instances' }],
};
