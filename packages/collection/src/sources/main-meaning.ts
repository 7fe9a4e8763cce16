import { tagCounts, wordnet, type Synset } from './wordnet.ts';

let meanings: Map<string, Synset> | undefined;

/**
 * The meaning a word has most often: in the part of speech in which WordNet's tagged texts have it
 * most, the first synset that lists it first, else any; undefined for words it lacks.
 */
export function mainMeaning(word: string): Synset | undefined {
  meanings ??= findMeanings();
  return meanings.get(word);
}

function findMeanings(): Map<string, Synset> {
  const best = new Map<string, { entry: Synset; rank: number }>();
  const counts = tagCounts();
  for (const entry of wordnet()) {
    for (const [place, lemma] of entry.lemmas.entries()) {
      const count = counts.get(`${entry.partOfSpeech}:${lemma.toLowerCase()}`) ?? 0;
      const rank = count + (place === 0 ? 0.5 : 0);
      const known = best.get(lemma);
      if (!known || rank > known.rank) best.set(lemma, { entry, rank });
    }
  }
  return new Map([...best].map(([lemma, { entry }]) => [lemma, entry]));
}
