import type { FormatCases } from './format-cases.ts';

export const selfInstructGenerated: FormatCases = {
  rows: [
    {
      row: {
        instruction: 'Turn the sentence into a question.',
        raw_instances:
          'Example 1\nSentence: The bus is late.\nOutput: Is the bus late?\nExample 2\nSentence: Ann swims.\nOutput: Does Ann swim?',
        instance_metadata: { response: { choices: [{ finish_reason: 'stop' }] } },
      },
      record: [
        {
          id: 'rows.jsonl#7/1',
          instruction: 'Turn the sentence into a question.',
          input: 'Sentence: The bus is late.',
          output: 'Is the bus late?',
          meta: { is_classification: false },
        },
        {
          id: 'rows.jsonl#7/2',
          instruction: 'Turn the sentence into a question.',
          input: 'Sentence: Ann swims.',
          output: 'Does Ann swim?',
          meta: { is_classification: false },
        },
      ],
    },
    {
      row: {
        instruction: 'Is it an animal or a plant?',
        raw_instances:
          'Class label: animal\nThing: newt\nClass label: plant\nThing: fern\nClass label: ani',
        instance_metadata: { response: { choices: [{ finish_reason: 'length' }] } },
      },
      record: [
        {
          id: 'rows.jsonl#7/1',
          instruction: 'Is it an animal or a plant?',
          input: 'Thing: newt',
          output: 'animal',
          meta: { is_classification: true },
        },
        {
          id: 'rows.jsonl#7/2',
          instruction: 'Is it an animal or a plant?',
          input: 'Thing: fern',
          output: 'plant',
          meta: { is_classification: true },
        },
      ],
    },
    {
      row: {
        instruction: 'Name a virtue. ',
        raw_instances: 'Output: Patience.',
        avg_similarity_score: 0.04,
      },
      record: {
        instruction: 'Name a virtue.',
        output: 'Patience.',
        meta: { is_classification: false, row: { avg_similarity_score: 0.04 } },
      },
    },
  ],
  refused: [{ row: { instruction: 'a' }, message: 'raw_instances is missing' }],
  unusable: [
    {
      row: { instruction: 'a', raw_instances: 'nothing to see' },
      message: 'the text holds no usable instance',
    },
  ],
};
