import type { HostTensor } from '@tunesmith/runtime';

/** Label of a token that is not supervised, as in torch's cross-entropy. */
export const UNSUPERVISED = -100;

/** One tokenized record. What else it holds is the affair of the objective that made it. */
export interface Example {
  readonly id: string;
  /** Tokens cut off to keep the maximum length. */
  readonly truncated: number;
  /** Answers of which nothing was left by that; counted where an example may have several. */
  readonly answersLost?: number;
}

/** An example with a label for each token: `labels[i]` is the token to learn at `ids[i]`; −100 = not supervised. */
export interface LabeledExample extends Example {
  readonly ids: Int32Array;
  readonly labels: Int32Array;
}

/** What an example takes of a row. */
export interface ExampleSize {
  /** Places in the row, slots of virtual tokens included. */
  readonly tokens: number;
  /** Places in the encoder's row, where there is one. */
  readonly sourceTokens?: number;
  /** How many of those places are slots of virtual tokens. */
  readonly slots: number;
  /** Positions that carry a loss; 0 leaves the example out. */
  readonly supervised: number;
  /** Documents that it makes of a row; 1 by default. */
  readonly documents?: number;
  /** Entries in further lists of an objective's batches, by the list's name. */
  readonly places?: Readonly<Record<string, number>>;
}

/** The length of a row, and of the encoder's row where there is one. */
export interface RowLengths {
  readonly tokens: number;
  readonly sourceTokens?: number;
}

/** Tokens in a row; every array has the row's length. */
export interface TokenSequence {
  readonly ids: Int32Array;
  /** Position within the document, counted from 0 (from the number of virtual keys, where a method has them). */
  readonly positions: Int32Array;
  /** Document number within the row, from 1; 0 = padding. */
  readonly segmentIds: Int32Array;
  /** k = virtual token k of a prompt method, −1 = ordinary token; absent when the sequence has no virtual tokens. */
  readonly virtualTokenIds?: Int32Array;
}

/** One row of a batch. Objectives add fields of their own. */
export interface Row extends TokenSequence {
  /** `targets[i]` is the token that position i is to predict, or −100; absent where tokens are not what is learned. */
  readonly targets?: Int32Array;
  /** What the encoder of an encoder-decoder model reads: document k of the row attends to document k of this. */
  readonly source?: TokenSequence;
  /** What methods read of the records besides tokens, by name: `[documents, size]`, a line for each document of the row. */
  readonly inputs?: Readonly<Record<string, HostTensor>>;
}

/** Says what data a run used, so that a resumed run can be held to the same data. */
export interface DataFingerprint {
  readonly rows: number;
  readonly tokensPerRow: number;
  /** Hexadecimal digest of the content. */
  readonly sha256: string;
}

/** Rows of one length, addressed by number: what the training loop reads. */
export interface RowSource<R extends Row = Row> {
  /** Rows in one epoch. */
  readonly rows: number;
  /** Tokens in every row. */
  readonly tokens: number;
  /** Tokens in every row of the encoder, where there is one. */
  readonly sourceTokens?: number;
  /** Positions that its documents reach; `tokens` where absent. */
  readonly positions?: number;
  /** Tokens in one epoch that are not padding, virtual tokens included. */
  readonly realTokens: number;
  /** Supervised positions of every row; one number where all rows have the same. */
  readonly supervised: number | Int32Array;
  /** Entries of every row in further lists of the objective's batches, by the list's name. */
  readonly places?: Readonly<Record<string, Int32Array>>;
  /** Virtual tokens at the start of every document (0 = none). */
  readonly virtualTokens: number;
  /** The most documents that one of its rows holds; counted where methods read of records, else 1. */
  readonly documents?: number;
  /** Whether a row may hold several documents; where not, a row is one document and padding after it. */
  readonly packed: boolean;
  row(index: number): R;
  fingerprint(): DataFingerprint;
  close?(): void;
}

/**
 * Room for what the rows of any batch hold: the sum of the `batch` largest, rounded up to a multiple of 8, so that one
 * compiled step serves the run in whatever order the rows come.
 */
export function capacityFor(counts: number | Int32Array, batch: number): number {
  if (typeof counts === 'number') return batch * counts;
  const largest = Int32Array.from(counts).sort().reverse().subarray(0, batch);
  const sum = largest.reduce((total, count) => total + count, 0);
  return Math.max(8, Math.ceil(sum / 8) * 8);
}
