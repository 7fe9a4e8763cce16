import { tagCount, wordnet, type Synset } from './wordnet.ts';

/**
 * The meaning that each of some words has most often: in the part of speech in which WordNet's tagged
 * texts have it most, the first synset that lists it first, else any. Words it lacks are absent.
 */
export function mainMeanings(words: ReadonlySet<string>): ReadonlyMap<string, Synset> {
  const best = new Map<string, { entry: Synset; rank: number }>();
  for (const entry of wordnet()) {
    for (const [place, lemma] of entry.lemmas.entries()) {
      if (!words.has(lemma)) continue;
      const rank = tagCount(entry.partOfSpeech, lemma) + (place === 0 ? 0.5 : 0);
      const known = best.get(lemma);
      if (!known || rank > known.rank) best.set(lemma, { entry, rank });
    }
  }
  return new Map([...best].map(([lemma, { entry }]) => [lemma, entry]));
}
