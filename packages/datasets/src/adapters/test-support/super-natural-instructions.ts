import type { FormatCases } from './format-cases.ts';

export const superNaturalInstructions: FormatCases = {
  rows: [
    {
      row: {
        Contributors: ['A. Person'],
        Source: ['kitchen'],
        URL: [],
        Categories: ['Text Categorization', 'Commonsense'],
        Reasoning: [],
        Definition: ['Say whether the thing can be eaten. Answer yes or no.'],
        Input_language: ['English'],
        Output_language: ['English'],
        Instruction_language: ['English'],
        Domains: ['Food'],
        'Positive Examples': [
          { input: 'plum', output: 'yes', explanation: 'A plum is a fruit' },
          { input: 'brick', output: 'no', explanation: 'A brick is a stone.' },
        ],
        'Negative Examples': [{ input: 'egg', output: 'no', explanation: 'Eggs can be eaten.' }],
        Instances: [
          { id: 'task9001-1', input: 'bread', output: ['yes'] },
          { id: 'task9001-2', input: 'sand', output: ['no', 'No'] },
        ],
        'Instance License': ['CC BY 4.0'],
      },
      record: [
        {
          id: 'task9001-1',
          instruction: 'Say whether the thing can be eaten. Answer yes or no.',
          input: 'bread',
          output: 'yes',
          meta: {
            task: 'rows.jsonl#7',
            cluster: 'Text Categorization',
            source: 'kitchen',
            license: 'CC BY 4.0',
            categories: ['Commonsense'],
            contributors: ['A. Person'],
            domains: ['Food'],
            input_language: ['English'],
            output_language: ['English'],
            instruction_language: ['English'],
          },
        },
        {
          id: 'task9001-2',
          instruction: 'Say whether the thing can be eaten. Answer yes or no.',
          input: 'sand',
          output: 'no',
          meta: {
            task: 'rows.jsonl#7',
            cluster: 'Text Categorization',
            source: 'kitchen',
            license: 'CC BY 4.0',
            categories: ['Commonsense'],
            contributors: ['A. Person'],
            domains: ['Food'],
            input_language: ['English'],
            output_language: ['English'],
            instruction_language: ['English'],
            references: ['no', 'No'],
          },
        },
      ],
    },
    {
      row: {
        id: 'task9002_reverse',
        Definition: 'Write the word backwards.',
        'Positive Examples': [],
        'Negative Examples': [],
        Instances: [{ input: 'stop', output: 'pots' }],
      },
      record: {
        id: 'task9002_reverse/1',
        instruction: 'Write the word backwards.',
        input: 'stop',
        output: 'pots',
        meta: { task: 'task9002_reverse' },
      },
    },
    {
      row: {
        id: 'task9003_capital',
        Definition: ['Name the capital.'],
        Instances: [
          { id: 'task9003-1', input: 'Peru', output: ['Lima'] },
          { id: 'task9003-2', input: 'Chad', output: [] },
        ],
      },
      record: {
        id: 'task9003-1',
        instruction: 'Name the capital.',
        input: 'Peru',
        output: 'Lima',
        meta: { task: 'task9003_capital' },
      },
    },
  ],
  refused: [
    {
      row: { Definition: 'a', Instances: [{ input: 'b' }] },
      message: 'Instances[0].output is missing',
    },
  ],
  unusable: [
    {
      row: { Definition: 'a', Instances: [] },
      message: 'Instances holds no instance with an output',
    },
  ],
};
