import type { FormatCases } from './format-cases.ts';

export const selfInstruct: FormatCases = {
  rows: [
    {
      row: {
        id: 'seed_task_0',
        name: 'packing_list',
        instruction: 'Write a packing list for two days in the mountains.',
        instances: [{ input: '', output: 'Boots, coat, bread, map.' }],
        is_classification: false,
      },
      record: {
        id: 'seed_task_0',
        instruction: 'Write a packing list for two days in the mountains.',
        output: 'Boots, coat, bread, map.',
        meta: { task: 'packing_list', is_classification: false },
      },
    },
    {
      row: {
        id: 'seed_task_1',
        name: 'tone',
        instruction: 'Is the message friendly or hostile?',
        instances: [
          { input: 'See you soon!', output: 'friendly' },
          { input: 'Never call again.', output: 'hostile' },
        ],
        is_classification: true,
      },
      record: [
        {
          id: 'seed_task_1/1',
          instruction: 'Is the message friendly or hostile?',
          input: 'See you soon!',
          output: 'friendly',
          meta: { task: 'tone', is_classification: true },
        },
        {
          id: 'seed_task_1/2',
          instruction: 'Is the message friendly or hostile?',
          input: 'Never call again.',
          output: 'hostile',
          meta: { task: 'tone', is_classification: true },
        },
      ],
    },
    {
      row: { instruction: 'Spell it backwards.', instances: [{ input: 'tin', output: 'nit' }] },
      record: { instruction: 'Spell it backwards.', input: 'tin', output: 'nit' },
    },
  ],
  refused: [
    {
      row: { instruction: 'a', instances: [{ input: 'b' }] },
      message: 'instances[0].output is missing',
    },
  ],
  unusable: [{ row: { instruction: 'a', instances: [] }, message: 'a task without instances' }],
};
