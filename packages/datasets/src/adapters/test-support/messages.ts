import type { FormatCases } from './format-cases.ts';

export const messages: FormatCases = {
  rows: [
    {
      row: {
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'Ho' },
        ],
        dataset: 'demo',
      },
      record: {
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'Ho' },
        ],
        meta: { row: { dataset: 'demo' } },
      },
    },
    {
      row: {
        messages: [
          { role: 'user', content: 'Weather in Oslo?' },
          {
            role: 'assistant',
            content: null,
            tool_calls: [
              {
                id: 'call_1',
                type: 'function',
                function: { name: 'weather', arguments: '{"city":"Oslo"}' },
              },
            ],
          },
          { role: 'tool', tool_call_id: 'call_1', name: 'weather', content: '3 degrees' },
          { role: 'assistant', content: 'It is 3.' },
        ],
        tools: [{ type: 'function', function: { name: 'weather' } }],
      },
      record: {
        messages: [
          { role: 'user', content: 'Weather in Oslo?' },
          {
            role: 'assistant',
            content: '',
            tool_calls: [
              {
                id: 'call_1',
                type: 'function',
                function: { name: 'weather', arguments: '{"city":"Oslo"}' },
              },
            ],
          },
          { role: 'tool', tool_call_id: 'call_1', name: 'weather', content: '3 degrees' },
          { role: 'assistant', content: 'It is 3.' },
        ],
        tools: [{ type: 'function', function: { name: 'weather' } }],
      },
    },
    {
      row: {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is it?' },
              { type: 'image_url', image_url: { url: 'cat.png' } },
            ],
          },
          { role: 'assistant', content: 'A cat.', weight: 0 },
          { role: 'user', content: 'Its color?' },
          { role: 'assistant', content: 'Gray.' },
        ],
      },
      record: {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is it?' },
              { type: 'image', image: 'cat.png' },
            ],
          },
          { role: 'assistant', content: 'A cat.', train: false },
          { role: 'user', content: 'Its color?' },
          { role: 'assistant', content: 'Gray.' },
        ],
      },
    },
  ],
  refused: [{ row: { messages: 'Hi' }, message: 'messages is "Hi"' }],
  unusable: [
    {
      row: { messages: [{ role: 'assistant', content: 'Ho' }] },
      message: 'odd turn order: assistant comes first',
    },
  ],
};
