/** Label of a token that is not supervised, as in torch's cross-entropy. */
export const UNSUPERVISED = -100;

/** One tokenized record. `labels[i]` supervises the prediction of `ids[i]` (aligned, shifted inside); −100 = not supervised. */
export interface Example {
  readonly id: string;
  readonly ids: Int32Array;
  readonly labels: Int32Array;
  /** Tokens cut off the end to keep the maximum length. */
  readonly truncated: number;
}

/** One row of a batch; every array has the source's row length. */
export interface Row {
  readonly ids: Int32Array;
  /** `targets[i]` is the token that position i is to predict, or −100. */
  readonly targets: Int32Array;
  /** Position within the document, counted from 0. */
  readonly positions: Int32Array;
  /** Document number within the row, from 1; 0 = padding. */
  readonly segmentIds: Int32Array;
  /** k = virtual token k of a prompt method, −1 = ordinary token; absent when the run has no virtual tokens. */
  readonly virtualTokenIds?: Int32Array;
}

/** Says what data a run used, so that a resumed run can be held to the same data. */
export interface DataFingerprint {
  readonly rows: number;
  readonly tokensPerRow: number;
  /** Hexadecimal digest of the content. */
  readonly sha256: string;
}

/** Rows of one length, addressed by number: what the training loop reads. */
export interface RowSource {
  /** Rows in one epoch. */
  readonly rows: number;
  /** Tokens in every row. */
  readonly tokens: number;
  /** Tokens in one epoch that are not padding, virtual tokens included. */
  readonly realTokens: number;
  /** Supervised positions of every row; one number where all rows have the same. */
  readonly supervised: number | Int32Array;
  /** Virtual tokens at the start of every document (0 = none). */
  readonly virtualTokens: number;
  /** Whether a row may hold several documents; where not, a row is one document and padding after it. */
  readonly packed: boolean;
  row(index: number): Row;
  fingerprint(): DataFingerprint;
  close?(): void;
}

/**
 * Room for the supervised positions of any batch: the sum of the `batch` largest rows, rounded up to a multiple of 8 but
 * never beyond the batch itself, so that one compiled step serves the run in whatever order the rows come.
 */
export function supervisedCapacity(source: RowSource, batch: number): number {
  const all = batch * source.tokens;
  if (typeof source.supervised === 'number') return Math.min(all, batch * source.supervised);
  const largest = Int32Array.from(source.supervised).sort().reverse().subarray(0, batch);
  const sum = largest.reduce((total, count) => total + count, 0);
  return Math.min(all, Math.max(8, Math.ceil(sum / 8) * 8));
}
