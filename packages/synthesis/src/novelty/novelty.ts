/** Texts that new ones are compared with. Only grows. */
export interface NoveltyPool {
  /** The text that this one is most like by ROUGE-L, and how much; nothing where the pool has none above `atLeast`. */
  closest(text: string, atLeast?: number): { text: string; similarity: number } | undefined;
  add(text: string): void;
  readonly size: number;
}

/**
 * A pool of texts that tells how much a new one is like those it has: ROUGE-L, `2 · lcs / (n + m)` over lower-cased runs of a–z and
 * 0–9 without stemming, the measure by which Self-Instruct keeps its instructions apart.
 *
 * Words are numbers, and the longest common subsequence is found 32 words at a time with additions of bit vectors (Hyyrö 2004). Texts
 * whose lengths or common words leave no chance to beat the best one so far are passed over.
 *
 * @see Wang et al. 2023, Self-Instruct, https://arxiv.org/abs/2212.10560, §2.2
 * @see Lin 2004, ROUGE, https://aclanthology.org/W04-1013
 */
export function createNoveltyPool(texts: Iterable<string> = []): NoveltyPool {
  const numbers = new Map<string, number>();
  const pool: { text: string; words: Uint32Array; counts: Map<number, number> }[] = [];
  const wordsIn = (text: string): Uint32Array => {
    const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
    return Uint32Array.from(words, (word) => {
      const number = numbers.get(word) ?? numbers.size;
      if (number === numbers.size) numbers.set(word, number);
      return number;
    });
  };
  const add = (text: string): void => {
    const words = wordsIn(text);
    pool.push({ text, words, counts: countsOf(words) });
  };
  for (const text of texts) add(text);
  return {
    add,
    get size() {
      return pool.length;
    },
    closest(text, atLeast = 0) {
      const words = wordsIn(text);
      const counts = countsOf(words);
      const places = placesOf(words);
      let best: { text: string; similarity: number } | undefined;
      for (const other of pool) {
        const [n, m] = [words.length, other.words.length];
        if (n === 0 || m === 0) continue;
        const beat = best?.similarity ?? atLeast;
        if ((2 * Math.min(n, m)) / (n + m) <= beat) continue;
        if ((2 * shared(counts, other.counts)) / (n + m) <= beat) continue;
        const similarity = (2 * commonSubsequence(places, n, other.words)) / (n + m);
        if (similarity > beat) best = { text: other.text, similarity };
      }
      return best;
    },
  };
}

function countsOf(words: Uint32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** How many words two texts have in common, each as often as both have it: no subsequence is longer. */
function shared(a: Map<number, number>, b: Map<number, number>): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  let sum = 0;
  for (const [word, count] of small) sum += Math.min(count, large.get(word) ?? 0);
  return sum;
}

/** For each word the places where it stands, as bits of 32-bit numbers. */
function placesOf(words: Uint32Array): Map<number, Uint32Array> {
  const length = Math.ceil(words.length / 32);
  const places = new Map<number, Uint32Array>();
  for (const [index, word] of words.entries()) {
    let bits = places.get(word);
    if (!bits) places.set(word, (bits = new Uint32Array(length)));
    bits[index >>> 5]! |= 1 << (index & 31);
  }
  return places;
}

/**
 * The length of the longest common subsequence. Bit i of V is 0 where the subsequence of the first i + 1 words is longer by one than
 * that of the first i; for each word of the other text with places M, `V ← (V + (V & M)) | (V & ~M)`.
 */
function commonSubsequence(
  places: Map<number, Uint32Array>,
  length: number,
  other: Uint32Array,
): number {
  const size = Math.ceil(length / 32);
  const v = new Uint32Array(size).fill(0xffffffff);
  for (const word of other) {
    const bits = places.get(word);
    if (!bits) continue;
    let carry = 0;
    for (let i = 0; i < size; i++) {
      const old = v[i]!;
      const hit = old & bits[i]!;
      const sum = old + (hit >>> 0) + carry;
      carry = sum > 0xffffffff ? 1 : 0;
      v[i] = (sum | (old & ~bits[i]!)) >>> 0;
    }
  }
  let zeros = 0;
  for (let i = 0; i < length; i++) if (((v[i >>> 5]! >>> (i & 31)) & 1) === 0) zeros += 1;
  return zeros;
}
