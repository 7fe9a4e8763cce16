import type { FormatCases } from './format-cases.ts';

export const sharegptPreference: FormatCases = {
  rows: [
    {
      row: {
        conversations: [{ from: 'human', value: 'Name a bird.' }],
        chosen: { from: 'gpt', value: 'A wren.' },
        rejected: { from: 'gpt', value: 'A bat.' },
      },
      record: {
        messages: [
          { role: 'user', content: 'Name a bird.' },
          { role: 'assistant', content: 'A wren.' },
        ],
        rejected: [{ role: 'assistant', content: 'A bat.' }],
      },
    },
    {
      row: {
        conversations: [
          { from: 'human', value: 'Hi' },
          { from: 'gpt', value: 'Hello.' },
          { from: 'human', value: 'Name a fish.' },
        ],
        chosen: { from: 'gpt', value: 'A carp.' },
        rejected: { from: 'gpt', value: 'A whale.' },
        system: 'Be exact.',
      },
      record: {
        messages: [
          { role: 'system', content: 'Be exact.' },
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'Hello.', train: false },
          { role: 'user', content: 'Name a fish.' },
          { role: 'assistant', content: 'A carp.' },
        ],
        rejected: [{ role: 'assistant', content: 'A whale.' }],
      },
    },
    {
      row: {
        conversations: [{ from: 'human', value: '<image>What is it?' }],
        chosen: { from: 'gpt', value: 'A newt.' },
        rejected: { from: 'gpt', value: 'A fish.' },
        images: ['newt.jpg'],
      },
      record: {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', image: 'newt.jpg' },
              { type: 'text', text: 'What is it?' },
            ],
          },
          { role: 'assistant', content: 'A newt.' },
        ],
        rejected: [{ role: 'assistant', content: 'A fish.' }],
      },
    },
  ],
  refused: [
    {
      row: { conversations: [], chosen: 'a', rejected: 'b' },
      message: 'chosen is "a"',
    },
  ],
  unusable: [
    {
      row: {
        conversations: [
          { from: 'human', value: 'Hi' },
          { from: 'gpt', value: 'Ho' },
        ],
        chosen: { from: 'gpt', value: 'a' },
        rejected: { from: 'gpt', value: 'b' },
      },
      message: 'odd turn order: assistant follows assistant',
    },
  ],
};
