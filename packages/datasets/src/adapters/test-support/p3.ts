import type { FormatCases } from './format-cases.ts';

export const p3: FormatCases = {
  rows: [
    {
      row: {
        inputs: [37, 1782, 1],
        inputs_pretokenized: 'Is the review kind? "A warm little film."',
        targets: [2163, 1],
        targets_pretokenized: 'yes',
        answer_choices: ['no', 'yes'],
      },
      record: {
        instruction: 'Is the review kind? "A warm little film."',
        output: 'yes',
        meta: { choices: ['no', 'yes'] },
      },
    },
    {
      row: {
        inputs_pretokenized: 'Does "it rained" follow from "the street is wet"?',
        targets_pretokenized: 'maybe',
        answer_choices: ['yes', 'maybe', 'no'],
        idx: [4, 1],
        is_correct: true,
        weight: 1,
      },
      record: {
        instruction: 'Does "it rained" follow from "the street is wet"?',
        output: 'maybe',
        meta: { choices: ['yes', 'maybe', 'no'], row: { idx: [4, 1], weight: 1 } },
      },
    },
    {
      row: {
        inputs_pretokenized: 'Shorten: the meeting will start at ten.',
        targets_pretokenized: 'Meeting at ten.',
        _template_idx: 3,
        _task_source: 'Flan2021',
        _task_name: 'shorten',
        _template: 'Shorten: {text}',
        _template_type: 'zs_noopt',
      },
      record: {
        instruction: 'Shorten: the meeting will start at ten.',
        output: 'Meeting at ten.',
        meta: {
          source: 'Flan2021',
          task: 'shorten',
          template: 'Shorten: {text}',
          template_type: 'zs_noopt',
          template_index: 3,
        },
      },
    },
  ],
  refused: [{ row: { inputs: 'a', targets: 'b' }, message: 'inputs_pretokenized is missing' }],
  unusable: [
    {
      row: { inputs_pretokenized: 'a', targets_pretokenized: 'b', is_correct: false, idx: [0, 1] },
      message: 'a choice that is not the right one',
    },
  ],
};
