import { inHashOrder } from '../order.ts';
import { isFit, isPlainWord, tagCount, wordnet, type Synset } from './wordnet.ts';

/** A sentence of WordNet that shows one meaning of one word. */
export interface ExampleSentence {
  readonly word: string;
  readonly sentence: string;
  readonly synset: Synset;
}

let sentences: readonly ExampleSentence[] | undefined;

/**
 * WordNet's examples of four words or more and at most 90 characters in which exactly one plain word of their meaning stands, as it
 * is: frequent words first, in an order of their own else.
 */
export function exampleSentences(): readonly ExampleSentence[] {
  sentences ??= findSentences();
  return sentences;
}

function findSentences(): ExampleSentence[] {
  const found = wordnet().flatMap((synset) =>
    synset.examples
      .filter((sentence) => sentence.length <= 90 && sentence.split(' ').length >= 4)
      .flatMap((sentence) => {
        const words = sentence.split(/\W+/);
        const shown = synset.lemmas.filter((lemma) => isPlainWord(lemma) && words.includes(lemma));
        const [word] = shown;
        return word !== undefined && shown.length === 1 && isFit(word)
          ? [{ word, sentence, synset }]
          : [];
      }),
  );
  const ordered = inHashOrder(found, ({ sentence, synset }) => `${synset.id} ${sentence}`);
  const frequency = ({ word, synset }: ExampleSentence): number =>
    tagCount(synset.partOfSpeech, word);
  return ordered.toSorted((left, right) => frequency(right) - frequency(left));
}
