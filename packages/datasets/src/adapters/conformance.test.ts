import { testDatasetAdapter } from '@tunesmith/testing';
import { alpaca } from './alpaca.ts';
import { messages } from './messages.ts';
import { sharegpt } from './sharegpt.ts';
import { tokenized } from './tokenized.ts';

testDatasetAdapter(alpaca, {
  rows: [
    {
      row: {
        instruction: 'Name the three primary colors.',
        input: '',
        output: 'Red, yellow and blue.',
      },
      record: { instruction: 'Name the three primary colors.', output: 'Red, yellow and blue.' },
    },
    {
      row: {
        instruction: 'Translate to French',
        input: 'cat',
        output: 'chat',
        history: [['Hi', 'Ho']],
      },
      record: {
        instruction: 'Translate to French',
        input: 'cat',
        output: 'chat',
        history: [{ instruction: 'Hi', output: 'Ho' }],
      },
    },
  ],
  refused: [
    { row: { instruction: 'Name a color' }, message: 'output is missing' },
    { row: [], message: 'is' },
  ],
});

testDatasetAdapter(sharegpt, {
  rows: [
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
  ],
});

testDatasetAdapter(messages, {
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
          { role: 'assistant', content: '{"name": "weather", "city": "Oslo"}' },
          { role: 'tool', content: '3 degrees' },
          { role: 'assistant', content: 'It is 3.' },
        ],
        tools: [{ type: 'function', function: { name: 'weather' } }],
      },
      record: {
        messages: [
          { role: 'user', content: 'Weather in Oslo?' },
          { role: 'assistant', content: '{"name": "weather", "city": "Oslo"}' },
          { role: 'tool', content: '3 degrees' },
          { role: 'assistant', content: 'It is 3.' },
        ],
        tools: [{ type: 'function', function: { name: 'weather' } }],
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
});

testDatasetAdapter(tokenized, {
  rows: [
    {
      row: { input_ids: [1, 450, 6635, 2], labels: [-100, -100, 6635, 2] },
      record: { input_ids: [1, 450, 6635, 2], labels: [-100, -100, 6635, 2] },
    },
  ],
  refused: [{ row: { input_ids: [], labels: [] }, message: 'input_ids is []' }],
  unusable: [
    {
      row: { input_ids: [1, 2], labels: [1] },
      message: 'labels has 1 entries and input_ids has 2',
    },
  ],
});
