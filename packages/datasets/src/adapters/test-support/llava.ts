import type { FormatCases } from './format-cases.ts';

export const llava: FormatCases = {
  rows: [
    {
      row: {
        id: '000000033471',
        image: 'coco/train2017/000000033471.jpg',
        conversations: [
          { from: 'human', value: '<image>\nWhat color is the bus?' },
          { from: 'gpt', value: 'It is white and red.' },
        ],
      },
      record: {
        id: '000000033471',
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', image: 'coco/train2017/000000033471.jpg' },
              { type: 'text', text: '\nWhat color is the bus?' },
            ],
          },
          { role: 'assistant', content: 'It is white and red.' },
        ],
      },
    },
    {
      row: {
        id: 'k2',
        image: 'kitchen.png',
        conversations: [
          { from: 'human', value: 'What stands on the stove?\n<image>' },
          { from: 'gpt', value: 'A pot.' },
          { from: 'human', value: 'Is it open?' },
          { from: 'gpt', value: 'No.' },
        ],
      },
      record: {
        id: 'k2',
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What stands on the stove?\n' },
              { type: 'image', image: 'kitchen.png' },
            ],
          },
          { role: 'assistant', content: 'A pot.' },
          { role: 'user', content: 'Is it open?' },
          { role: 'assistant', content: 'No.' },
        ],
      },
    },
    {
      row: {
        id: 't3',
        conversations: [
          { from: 'human', value: 'Name a color.' },
          { from: 'gpt', value: 'Teal.' },
        ],
      },
      record: {
        id: 't3',
        messages: [
          { role: 'user', content: 'Name a color.' },
          { role: 'assistant', content: 'Teal.' },
        ],
      },
    },
  ],
  refused: [{ row: { image: 'a.png' }, message: 'conversations is missing' }],
  unusable: [
    {
      row: {
        image: 'a.png',
        conversations: [
          { from: 'human', value: '<image> or <image>?' },
          { from: 'gpt', value: 'Neither.' },
        ],
      },
      message: 'it stands 2 times, and there are 1 pictures',
    },
  ],
};
