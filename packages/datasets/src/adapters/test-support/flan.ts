import type { FormatCases } from './format-cases.ts';

export const flan: FormatCases = {
  rows: [
    {
      row: {
        inputs: 'Which of these is a city?\nOPTIONS:\n- Rome\n- Tiber',
        targets: 'Rome',
        task_source: 'Flan2021',
        task_name: 'places:1.0.0',
        template_type: 'zs_opt',
      },
      record: {
        instruction: 'Which of these is a city?\nOPTIONS:\n- Rome\n- Tiber',
        output: 'Rome',
        meta: { source: 'Flan2021', task: 'places:1.0.0', template_type: 'zs_opt' },
      },
    },
    {
      row: {
        inputs: 'Q: 2 + 3?\nA: 5\n\n\nQ: 4 + 4?\nA:',
        targets: '8',
        task_source: 'CoT',
        task_name: 'sums',
        template_type: 'fs_noopt',
      },
      record: {
        instruction: 'Q: 2 + 3?\nA: 5\n\n\nQ: 4 + 4?\nA:',
        output: '8',
        meta: { source: 'CoT', task: 'sums', template_type: 'fs_noopt' },
      },
    },
    {
      row: { inputs: 'Say it politely: go away', targets: 'Please leave me alone.' },
      record: { instruction: 'Say it politely: go away', output: 'Please leave me alone.' },
    },
  ],
  refused: [{ row: { inputs: 'a', targets: null }, message: 'targets is null' }],
};
