import type { FormatCases } from './format-cases.ts';

export const baize: FormatCases = {
  rows: [
    {
      row: {
        topic: 'How to prune roses?',
        input:
          'The conversation between human and AI assistant.\n[|Human|] When do I prune roses?\n[|AI|] In early spring.\n[|Human|] How far?\n[|AI|] To three buds.\n[|Human|] ',
      },
      record: {
        messages: [
          { role: 'user', content: 'When do I prune roses?' },
          { role: 'assistant', content: 'In early spring.' },
          { role: 'user', content: 'How far?' },
          { role: 'assistant', content: 'To three buds.' },
        ],
        meta: { topic: 'How to prune roses?' },
      },
    },
    {
      row: {
        input:
          'The conversation between human and AI assistant.\n[|Human|] Hello\n[|AI|] Hello, what is up?\nTell me.\n[|Human|] ',
      },
      record: {
        messages: [
          { role: 'user', content: 'Hello' },
          { role: 'assistant', content: 'Hello, what is up?\nTell me.' },
        ],
      },
    },
    {
      row: {
        topic: 'rust',
        input: 'A talk about iron.\n[|Human|] Why rust?\n[|AI|] Water and air.',
      },
      record: {
        messages: [
          { role: 'user', content: 'Why rust?' },
          { role: 'assistant', content: 'Water and air.' },
        ],
        meta: { topic: 'rust', opening: 'A talk about iron.' },
      },
    },
  ],
  refused: [{ row: { topic: 'a', input: 'no marks' }, message: 'input is "no marks"' }],
  unusable: [
    {
      row: { input: '[|Human|] a\n[|Human|] b\n[|AI|] c' },
      message: 'odd turn order: Human speaks twice or first',
    },
  ],
};
