import { popFrom, pushOnto } from './heap.ts';
import { pairKey } from './merge-pieces.ts';

/** A pair of neighbors that may be merged: how often it stands in all words, and in which words. */
interface Candidate {
  readonly pair: number;
  count: number;
  readonly words: readonly number[];
}

/** The more frequent first; of equals the pair with the lower ids. */
function before(one: Candidate, other: Candidate): boolean {
  return one.count === other.count ? one.pair < other.pair : one.count > other.count;
}

/** What is learned from words. */
export interface LearnedMerges {
  /** Tokens in the order of their ids: those given, then one for each merge that makes a new one. */
  readonly tokens: readonly string[];
  /** The two tokens of each merge, in the order they were learned. */
  readonly merges: readonly (readonly [string, string])[];
}

/**
 * Learns merges: always the most frequent pair of neighbors becomes a token, of equally frequent ones that with the lower
 * ids, until there are `vocabularySize` tokens or no pair stands `minFrequency` times.
 *
 * Pairs that overlap themselves (`aaa`) are counted as the trainer of the library `tokenizers` counts them.
 *
 * @param words how often each word stands in the text; every character of theirs is among `alphabet`
 * @param alphabet the tokens to begin with
 * @see Sennrich et al., Neural Machine Translation of Rare Words with Subword Units, 2016, https://arxiv.org/abs/1508.07909
 */
export function learnMerges(
  words: ReadonlyMap<string, number>,
  alphabet: readonly string[],
  { vocabularySize, minFrequency }: { vocabularySize: number; minFrequency: number },
): LearnedMerges {
  const tokens = [...alphabet];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const spelled = Array.from(words.keys(), (word) => Array.from(word, (one) => ids.get(one)!));
  const frequencies = [...words.values()];
  const counts = new Map<number, number>();
  const heap: Candidate[] = [];

  const offer = (places: ReadonlyMap<number, number[]>): void => {
    for (const [pair, found] of places) {
      const count = counts.get(pair)!;
      if (count > 0) pushOnto(heap, { pair, count, words: found }, before);
    }
  };
  const add = (places: Map<number, number[]>, pair: number, word: number): void => {
    const known = places.get(pair);
    if (!known) places.set(pair, [word]);
    else if (known.at(-1) !== word) known.push(word);
  };
  const count = (pair: number, change: number): void =>
    void counts.set(pair, (counts.get(pair) ?? 0) + change);

  const first = new Map<number, number[]>();
  spelled.forEach((pieces, word) => {
    for (let i = 0; i + 1 < pieces.length; i++) {
      const pair = pairKey(pieces[i]!, pieces[i + 1]!);
      count(pair, frequencies[word]!);
      add(first, pair, word);
    }
  });
  offer(first);

  const merges = new Map<number, readonly [string, string]>();
  while (tokens.length < vocabularySize) {
    const top = popFrom(heap, before);
    if (!top) break;
    const now = counts.get(top.pair)!;
    if (top.count !== now) {
      if (now > 0) pushOnto(heap, { ...top, count: now }, before);
      continue;
    }
    if (now < Math.max(1, minFrequency)) break;
    const left = Math.floor(top.pair / 2 ** 24);
    const right = top.pair % 2 ** 24;
    const token = tokens[left]! + tokens[right]!;
    const id = ids.get(token) ?? tokens.length;
    if (id === tokens.length) tokens.push(token);
    ids.set(token, id);
    // A pair may be met again, where its token can be made in two ways: it counts from the last time.
    merges.delete(top.pair);
    merges.set(top.pair, [tokens[left]!, tokens[right]!]);

    const made = new Map<number, number[]>();
    for (const word of top.words) {
      const pieces = spelled[word]!;
      const frequency = frequencies[word]!;
      for (let i = 0; i + 1 < pieces.length; i++) {
        if (pieces[i] !== left || pieces[i + 1] !== right) continue;
        if (i > 0) {
          const pair = pairKey(pieces[i - 1]!, id);
          count(pairKey(pieces[i - 1]!, left), -frequency);
          count(pair, frequency);
          add(made, pair, word);
        }
        pieces.splice(i, 2, id);
        if (i + 1 < pieces.length) {
          const pair = pairKey(id, pieces[i + 1]!);
          count(pairKey(right, pieces[i + 1]!), -frequency);
          count(pair, frequency);
          add(made, pair, word);
        }
      }
    }
    offer(made);
  }
  return { tokens, merges: [...merges.values()] };
}
