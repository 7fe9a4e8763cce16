import type { FormatCases } from './format-cases.ts';

export const ifeval: FormatCases = {
  rows: [
    {
      row: {
        key: 17,
        prompt: 'Describe a lighthouse without a single comma.',
        instruction_id_list: ['punctuation:no_comma'],
        kwargs: [{}],
      },
      record: {
        id: '17',
        instruction: 'Describe a lighthouse without a single comma.',
        output: '',
        meta: { instruction_id_list: ['punctuation:no_comma'], kwargs: [{}] },
      },
    },
    {
      row: {
        key: 203,
        prompt: 'Write at least 40 words on tides, and mention the moon.',
        instruction_id_list: ['length_constraints:number_words', 'keywords:existence'],
        kwargs: [{ num_words: 40, relation: 'at least' }, { keywords: ['moon'] }],
      },
      record: {
        id: '203',
        instruction: 'Write at least 40 words on tides, and mention the moon.',
        output: '',
        meta: {
          instruction_id_list: ['length_constraints:number_words', 'keywords:existence'],
          kwargs: [{ num_words: 40, relation: 'at least' }, { keywords: ['moon'] }],
        },
      },
    },
    {
      row: {
        key: 'draft-3',
        prompt: 'Answer in capital letters: what is rust?',
        instruction_id_list: ['change_case:english_capital'],
        kwargs: [{}],
        reviewed: true,
      },
      record: {
        id: 'draft-3',
        instruction: 'Answer in capital letters: what is rust?',
        output: '',
        meta: {
          instruction_id_list: ['change_case:english_capital'],
          kwargs: [{}],
          row: { reviewed: true },
        },
      },
    },
  ],
  refused: [
    {
      row: { key: 1, prompt: 'a', instruction_id_list: 'punctuation:no_comma', kwargs: [{}] },
      message: 'instruction_id_list is "punctuation:no_comma"',
    },
  ],
  unusable: [
    {
      row: { key: 1, prompt: 'a', instruction_id_list: ['punctuation:no_comma'], kwargs: [] },
      message: 'there are 1 instructions and 0 kwargs',
    },
  ],
};
