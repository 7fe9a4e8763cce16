import { synset, wordnet, type Synset } from './wordnet.ts';

let named: readonly Synset[] | undefined;

/** WordNet's entries of single things that have names: people, gods, places. */
export function namedThings(): readonly Synset[] {
  named ??= wordnet().filter(
    (entry) =>
      entry.partOfSpeech === 'noun' &&
      // relations are read out only where the word is written as a name
      /^[^a-z]/.test(entry.lemmas[0]!) &&
      entry.pointers.some(({ symbol }) => symbol === '@i'),
  );
  return named;
}

/** The name that an entry goes by: the longest, which for people has their first name. */
export function nameOf({ lemmas }: Synset): string {
  return lemmas.reduce((longest, lemma) => (lemma.length > longest.length ? lemma : longest));
}

const kinds = new Map<string, ReadonlySet<string>>();

/** First words of all that the entry is an instance or a kind of. */
export function kindsOf(entry: Synset): ReadonlySet<string> {
  let own = kinds.get(entry.id);
  if (!own) {
    own = new Set(
      related(entry, '@', '@i').flatMap((above) => [above.lemmas[0]!, ...kindsOf(above)]),
    );
    kinds.set(entry.id, own);
  }
  return own;
}

/** The nearest entry that this one is a part of, or a part of a part of, and that fits. */
export function wholeOf(entry: Synset, fits: (whole: Synset) => boolean): Synset | undefined {
  const seen = new Set([entry.id]);
  let level = [entry];
  while (level.length > 0) {
    level = level
      .flatMap((part) => related(part, '#p'))
      .filter(({ id }) => !seen.has(id) && seen.add(id) !== undefined);
    const found = level.find(fits);
    if (found) return found;
  }
  return undefined;
}

function related({ pointers }: Synset, ...symbols: readonly string[]): Synset[] {
  return pointers
    .filter(({ symbol }) => symbols.includes(symbol))
    .map(({ target }) => synset(target)!);
}
