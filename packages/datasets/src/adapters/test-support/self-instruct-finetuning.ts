import type { FormatCases } from './format-cases.ts';

export const selfInstructFinetuning: FormatCases = {
  rows: [
    {
      row: {
        prompt: 'Count the vowels.\nInput: tulip\nOutput:',
        completion: ' Two.<|endoftext|>',
      },
      record: { instruction: 'Count the vowels.\nInput: tulip\nOutput:', output: 'Two.' },
    },
    {
      row: { prompt: 'Name a month of 30 days.\n\n', completion: 'June<|endoftext|>' },
      record: { instruction: 'Name a month of 30 days.\n\n', output: 'June' },
    },
    {
      row: { prompt: 'Task: Rhyme with hat.\n\n', completion: 'Cat.\nBat.<|endoftext|>' },
      record: { instruction: 'Task: Rhyme with hat.\n\n', output: 'Cat.\nBat.' },
    },
  ],
  refused: [{ row: { prompt: 'a', completion: 'b' }, message: 'completion is "b"' }],
};
