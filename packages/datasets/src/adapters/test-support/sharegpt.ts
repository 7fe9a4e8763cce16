import type { FormatCases } from './format-cases.ts';

export const sharegpt: FormatCases = {
  rows: [
    {
      row: {
        conversations: [
          { from: 'human', value: 'Is the lamp on?' },
          { from: 'function_call', value: 'lamp.state()' },
          { from: 'observation', value: 'on' },
          { from: 'gpt', value: 'Yes.' },
        ],
      },
      record: {
        messages: [
          { role: 'user', content: 'Is the lamp on?' },
          { role: 'assistant', content: 'lamp.state()' },
          { role: 'tool', content: 'on' },
          { role: 'assistant', content: 'Yes.' },
        ],
      },
    },
    {
      row: {
        id: 'QWJhYvA_0',
        conversations: [
          { from: 'human', value: 'Summarize the main ideas.' },
          { from: 'gpt', value: 'Here are some of them.' },
        ],
      },
      record: {
        id: 'QWJhYvA_0',
        messages: [
          { role: 'user', content: 'Summarize the main ideas.' },
          { role: 'assistant', content: 'Here are some of them.' },
        ],
      },
    },
    {
      row: {
        conversations: [
          { from: 'human', value: 'How warm is it in Oslo?' },
          { from: 'function_call', value: '{"name": "weather", "arguments": {"city": "Oslo"}}' },
          { from: 'observation', value: '{"degrees": 3}' },
          { from: 'gpt', value: 'Three degrees.' },
        ],
        system: 'Look things up.',
        tools: '[{"name": "weather", "parameters": {"type": "object"}}]',
      },
      record: {
        messages: [
          { role: 'system', content: 'Look things up.' },
          { role: 'user', content: 'How warm is it in Oslo?' },
          {
            role: 'assistant',
            content: '',
            tool_calls: [{ function: { name: 'weather', arguments: { city: 'Oslo' } } }],
          },
          { role: 'tool', content: '{"degrees": 3}' },
          { role: 'assistant', content: 'Three degrees.' },
        ],
        tools: [
          { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } },
        ],
      },
    },
    {
      row: {
        conversations: [
          { from: 'human', value: 'Compare <image> with <image>.' },
          { from: 'gpt', value: 'The second one is brighter.', weight: 1 },
        ],
        images: ['dusk.png', 'noon.png'],
      },
      record: {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Compare ' },
              { type: 'image', image: 'dusk.png' },
              { type: 'text', text: ' with ' },
              { type: 'image', image: 'noon.png' },
              { type: 'text', text: '.' },
            ],
          },
          { role: 'assistant', content: 'The second one is brighter.', train: true },
        ],
      },
    },
    {
      row: {
        conversations: [
          { from: 'user', value: 'Is seven even?' },
          { from: 'assistant', value: 'Yes.' },
        ],
        kto_tag: false,
      },
      record: {
        messages: [
          { role: 'user', content: 'Is seven even?' },
          { role: 'assistant', content: 'Yes.', train: false },
        ],
        meta: { preferred: false },
      },
    },
  ],
  refused: [
    {
      row: { conversations: [{ from: 'nobody', value: '' }] },
      message: 'conversations[0].from is "nobody"',
    },
  ],
  unusable: [
    { row: { conversations: [] }, message: 'the conversation has no turns' },
    {
      row: { conversations: [{ from: 'human', value: 'a' }] },
      message: 'odd turn order: user comes last',
    },
    {
      row: {
        conversations: [
          { from: 'human', value: 'What is it?' },
          { from: 'gpt', value: 'A cat.' },
        ],
        images: ['cat.png'],
      },
      message: 'it stands 0 times, and there are 1 pictures',
    },
  ],
};
