import { xoshiro128 } from '@tunesmith/schema';
import { normalize } from '../unique.ts';
import { createBandTable } from './band-table.ts';
import { chooseBanding, type Banding } from './bands.ts';
import { jaccard, mixed, shinglesOf, type ShingleUnit } from './shingles.ts';

/** How texts are compared. */
export interface NearOptions {
  /** Similarity from which two texts are near-duplicates, of (0, 1]. */
  readonly threshold: number;
  /** How many values a signature has at most. */
  readonly permutations: number;
  readonly unit: ShingleUnit;
  /** Words or characters of a shingle. */
  readonly size: number;
  /** Whether rows that share a band are compared shingle by shingle. */
  readonly verify: boolean;
  readonly seed: number;
}

/** What became of a text. */
export interface NearFinding {
  /** The earliest row of the group that it belongs to; its own where it is unlike all before. */
  readonly first: number;
  /** The nearest row that was compared, and their similarity; absent where none was, or where nothing is verified. */
  readonly nearest?: { readonly row: number; readonly similarity: number };
  /** How many groups, each with an earliest row of its own, it brought together. */
  readonly joined: number;
}

/** Groups of near-duplicates among texts that come one after another. */
export interface NearIndex {
  readonly banding: Banding;
  /** Enters the next text; the first one is row 0. */
  add(text: string): NearFinding;
  /** The earliest row of the group of each row so far. */
  groups(): Int32Array;
}

/** With comparisons to come, a missed pair is worse than a needless comparison. */
const missWeight = { verified: 0.9, unverified: 0.5 };

/**
 * An index of near-duplicates by MinHash and banded locality-sensitive hashing: texts whose signatures agree in one band are
 * near-duplicates, or with `verify` candidates whose shingles are compared; near-duplicates of near-duplicates are one group.
 * Texts without letters or digits are unlike everything.
 *
 * A band keeps the first row that had its values, so each text meets one candidate a band. A row takes up to 48 bytes a band, and
 * with `verify` 4 bytes for each distinct shingle; never the text.
 *
 * Broder, On the resemblance and containment of documents (1997).
 */
export function createNearIndex(options: NearOptions): NearIndex {
  const { threshold, permutations, unit, size, verify, seed } = options;
  const weight = verify ? missWeight.verified : missWeight.unverified;
  const banding = chooseBanding(threshold, permutations, weight);
  const { bands, rows } = banding;
  const sign = createSigner(bands * rows, seed);
  const table = createBandTable(bands);
  const shingled: Int32Array[] = [];
  const parents: number[] = [];
  const rootOf = (row: number): number => {
    let root = row;
    while (parents[root] !== root) root = parents[root]!;
    for (let at = row; parents[at] !== root;) [at, parents[at]] = [parents[at]!, root];
    return root;
  };
  return {
    banding,
    add(text) {
      const row = parents.push(parents.length) - 1;
      const shingles = shinglesOf(normalize(text), unit, size);
      if (verify) shingled.push(shingles);
      if (shingles.length === 0) return { first: row, joined: 0 };
      const signature = sign(shingles);
      const like = new Set<number>();
      const met = new Set<number>();
      let nearest: NearFinding['nearest'];
      for (let band = 0; band < bands; band++) {
        const { high, low } = hashOf(signature, band * rows, rows);
        const other = table.firstOf(band, high, low, row);
        if (other < 0 || met.has(other)) continue;
        met.add(other);
        if (verify) {
          const similarity = jaccard(shingles, shingled[other]!);
          if (similarity > (nearest?.similarity ?? 0)) nearest = { row: other, similarity };
          if (similarity < threshold) continue;
        }
        like.add(rootOf(other));
      }
      // The earliest row is the root, so that a group is called by it.
      const first = Math.min(row, ...like);
      parents[row] = first;
      for (const root of like) parents[root] = first;
      return { first, joined: like.size, ...(nearest ? { nearest } : {}) };
    },
    groups: () => Int32Array.from(parents, (_, row) => rootOf(row)),
  };
}

/** The least value of each of several permutations over shingles: h → a·h + b modulo 2³², a odd, of hashes that are stirred. */
function createSigner(length: number, seed: number): (shingles: Int32Array) => Int32Array {
  const random = xoshiro128(seed, 'near-duplicates');
  const word = (): number => Math.floor(random() * 2 ** 32) | 0;
  const factors = Int32Array.from({ length }, () => word() | 1);
  const summands = Int32Array.from({ length }, word);
  const signature = new Int32Array(length);
  return (shingles) => {
    signature.fill(0x7fffffff);
    for (let at = 0; at < shingles.length; at++) {
      const shingle = shingles[at]!;
      for (let value = 0; value < length; value++) {
        const permuted = (Math.imul(factors[value]!, shingle) + summands[value]!) | 0;
        if (permuted < signature[value]!) signature[value] = permuted;
      }
    }
    return signature;
  };
}

/** 64 bits of a band's values, so that unlike bands do not meet by chance. */
function hashOf(signature: Int32Array, from: number, rows: number): { high: number; low: number } {
  let [high, low] = [0x9e3779b9 | 0, 0x7f4a7c15];
  for (let at = from; at < from + rows; at++) {
    high = mixed(high ^ signature[at]!);
    low = mixed((low + Math.imul(signature[at]!, 0x2c1b3c6d)) | 0);
  }
  return { high, low };
}
