import { hash32, integerBelow } from '@tunesmith/schema';
import { UNSUPERVISED } from '../../data/rows.ts';
import type { TokenSequence } from '../../data/rows.ts';

/** How tokens are masked. */
export interface Masking {
  /** Share of a document's ordinary tokens that are chosen. */
  readonly rate: number;
  /** Share of the chosen that become the mask token. */
  readonly maskShare: number;
  /** Share of the chosen that become a random token; the rest stay as they are. */
  readonly randomShare: number;
  /** The mask token. */
  readonly mask: number;
  /** The tokens that a random one is drawn from. */
  readonly ordinary: Int32Array;
}

/** Tokens with some of them masked; `targets` are what the chosen ones were, and −100 elsewhere. */
export interface MaskedTokens {
  readonly ids: Int32Array;
  readonly targets: Int32Array;
}

/**
 * How many tokens of a document are chosen: `max(1, round(rate · n))` of its n ordinary tokens, as in BERT's own data; more only
 * where even its shortest word has more. 0 where there is none.
 *
 * @param words the word of each token, from 1; 0 = never masked
 */
export function maskedCount(words: Int32Array, rate: number): number {
  const lengths = wordLengths(words);
  if (lengths.size === 0) return 0;
  const tokens = [...lengths.values()].reduce((sum, length) => sum + length, 0);
  const shortest = Math.min(...lengths.values());
  return Math.max(1, Math.round(rate * tokens), shortest);
}

/**
 * Masks one document: its words in an order that follows from the seed are chosen until {@link maskedCount} tokens are, and a word
 * that has more than are left is passed over. Each chosen token is masked, replaced or kept by a draw of its own.
 */
export function maskTokens(
  ids: Int32Array,
  words: Int32Array,
  masking: Masking,
  seed: number,
): MaskedTokens {
  const masked = ids.slice();
  const targets = new Int32Array(ids.length).fill(UNSUPERVISED);
  const lengths = wordLengths(words);
  const order = [...lengths.keys()]
    .map((word) => ({ word, rank: hash32(seed, stream.order, word) }))
    .toSorted((a, b) => a.rank - b.rank || a.word - b.word);
  let left = maskedCount(words, masking.rate);
  const chosen = new Set<number>();
  for (const { word } of order) {
    if (lengths.get(word)! > left) continue;
    chosen.add(word);
    left -= lengths.get(word)!;
  }
  for (const [i, id] of ids.entries()) {
    if (!chosen.has(words[i]!)) continue;
    targets[i] = id;
    const draw = hash32(seed, stream.kind, i) / 2 ** 32;
    if (draw < masking.maskShare) masked[i] = masking.mask;
    else if (draw < masking.maskShare + masking.randomShare)
      masked[i] = masking.ordinary[integerBelow(masking.ordinary.length, seed, stream.token, i)]!;
  }
  return { ids: masked, targets };
}

/**
 * Masks every document of a row by a seed of its own.
 *
 * @param row `words` is the word of each token, as for {@link maskTokens}: documents that have none stay as they are
 * @param seed of the row
 */
export function maskRow(
  row: Pick<TokenSequence, 'ids' | 'segmentIds'> & { readonly words: Int32Array },
  masking: Masking,
  seed: number,
): MaskedTokens {
  const ids = row.ids.slice();
  const targets = new Int32Array(ids.length).fill(UNSUPERVISED);
  const last = row.segmentIds.reduce((most, document) => Math.max(most, document), 0);
  for (let document = 1; document <= last; document++) {
    const start = row.segmentIds.indexOf(document);
    const end = row.segmentIds.lastIndexOf(document) + 1;
    const words = row.words.subarray(start, end);
    const drawn = maskTokens(ids.slice(start, end), words, masking, hash32(seed, 0, document));
    ids.set(drawn.ids, start);
    targets.set(drawn.targets, start);
  }
  return { ids, targets };
}

/** Streams of a row's seed. */
const stream = { order: 1, kind: 2, token: 3 } as const;

function wordLengths(words: Int32Array): Map<number, number> {
  const lengths = new Map<number, number>();
  for (const word of words) if (word > 0) lengths.set(word, (lengths.get(word) ?? 0) + 1);
  return lengths;
}
