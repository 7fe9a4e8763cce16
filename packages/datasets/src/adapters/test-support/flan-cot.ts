import type { FormatCases } from './format-cases.ts';

export const flanCot: FormatCases = {
  rows: [
    {
      row: {
        question: String.raw`A crate holds 6 jars.\nHow many jars are in 4 crates?`,
        answer: '24',
        chain_of_thought: 'Each crate holds 6 jars, and 4 times 6 is 24.',
      },
      record: {
        instruction: 'A crate holds 6 jars.\nHow many jars are in 4 crates?',
        output: 'Each crate holds 6 jars, and 4 times 6 is 24.\nThe answer is 24',
        meta: {
          answer: '24',
          chain_of_thought: 'Each crate holds 6 jars, and 4 times 6 is 24.',
        },
      },
    },
    {
      row: {
        question: 'Can a goldfish climb a ladder?',
        answer: 'no',
        chain_of_thought: 'Climbing takes limbs. A goldfish has fins alone.',
      },
      record: {
        instruction: 'Can a goldfish climb a ladder?',
        output: 'Climbing takes limbs. A goldfish has fins alone.\nThe answer is no',
        meta: {
          answer: 'no',
          chain_of_thought: 'Climbing takes limbs. A goldfish has fins alone.',
        },
      },
    },
    {
      row: {
        question: '"Wet" is to "dry" as "up" is to what?',
        answer: '"down"',
        chain_of_thought: 'Wet and dry are opposites; the opposite of up is down.',
      },
      record: {
        instruction: '"Wet" is to "dry" as "up" is to what?',
        output: 'Wet and dry are opposites; the opposite of up is down.\nThe answer is "down"',
        meta: {
          answer: '"down"',
          chain_of_thought: 'Wet and dry are opposites; the opposite of up is down.',
        },
      },
    },
  ],
  refused: [{ row: { question: 'a', answer: '', chain_of_thought: 'c' }, message: 'answer is ""' }],
};
