import { tf, type HostTensor, type TensorMap } from '@tunesmith/runtime';
import type { DataRecord, TunesmithError } from '@tunesmith/schema';
import { modelsError } from './errors.ts';
import { bucketLength } from './language-model/buckets.ts';

/**
 * Numbers that a tuning method reads of each record besides its text: a task number, features of an instruction, which of some
 * names it bears, or the tokens of a text.
 */
export interface RecordInput {
  /** Unique among the inputs of a run. */
  readonly name: string;
  readonly dtype: 'int32' | 'float32';
  /** How many numbers, at least 1. */
  readonly size: number;
  /** The key of a record's `meta` that holds them: a number where `size` is 1, else a list of them. */
  readonly key: string;
  /** Whole numbers from 0 to below this are accepted; only for int32. */
  readonly below?: number;
  /**
   * The record holds one of these in place of a number: the n-th counts as n, from 1, and a record that holds none as 0. Only for
   * one int32.
   */
  readonly names?: readonly string[];
  /**
   * The record holds a text in place of numbers, or its token ids: at least one, and `size` at most; the line is filled up with −1.
   * An instance's `instruction` counts as its `meta.instruction` where that is absent. Only for int32.
   */
  readonly text?: true;
  /** Token ids of a text; without it, records must hold ids. */
  readonly encode?: (text: string) => readonly number[];
}

/** What of a record its inputs are read from. */
export type RecordMeta = Pick<DataRecord, 'meta'> & {
  readonly id?: string;
  readonly instruction?: string;
};

/**
 * The numbers of one input of a record, `[size]`.
 *
 * @param record absent where a prompt was given alone
 * @throws TunesmithError `missing-record-input`, `invalid-record-input` naming the record, the key and what is accepted
 */
export function readRecordInput(input: RecordInput, record: RecordMeta | undefined): HostTensor {
  const { name, dtype, size, key, below, names } = input;
  const value =
    record?.meta?.[key] ?? (input.text && key === 'instruction' ? record?.instruction : undefined);
  const who = record?.id === undefined ? 'the prompt' : `record "${record.id}"`;
  const accepted = `meta.${key}: ${describe(input)}`;
  const invalid = (): TunesmithError =>
    modelsError({
      code: 'invalid-record-input',
      message: `${who} has meta.${key} ${JSON.stringify(value)}`,
      value,
      accepted,
    });
  if (names) {
    const number = value === undefined || value === null ? 0 : names.indexOf(String(value)) + 1;
    if (number === 0 && value !== undefined && value !== null) throw invalid();
    return { data: Int32Array.of(number), shape: [size], dtype };
  }
  if (value === undefined)
    throw modelsError({
      code: 'missing-record-input',
      message: `${who} has no meta.${key}, which the method reads as "${name}"`,
      accepted,
    });
  if (input.text) {
    const ids = typeof value === 'string' ? input.encode?.(value) : value;
    if (!isTokens(ids, size)) throw invalid();
    const line = new Int32Array(size).fill(-1);
    line.set(ids);
    return { data: line, shape: [size], dtype };
  }
  const numbers: readonly unknown[] = Array.isArray(value) && size > 1 ? value : [value];
  const fits = (one: unknown): boolean =>
    typeof one === 'number' &&
    (dtype === 'float32'
      ? Number.isFinite(one)
      : Number.isInteger(one) && one >= 0 && one < (below ?? 2 ** 31));
  if (numbers.length !== size || !numbers.every(fits)) throw invalid();
  const of = numbers as readonly number[];
  const data = dtype === 'int32' ? Int32Array.from(of) : Float32Array.from(of);
  return { data, shape: [size], dtype };
}

function isTokens(value: unknown, most: number): value is readonly number[] {
  const isToken = (one: unknown): boolean => Number.isInteger(one) && (one as number) >= 0;
  return Array.isArray(value) && value.length > 0 && value.length <= most && value.every(isToken);
}

function describe({ dtype, size, below, names, text, encode }: RecordInput): string {
  if (text)
    return `${encode ? 'a text' : 'token ids, since there is no tokenizer'}, 1 to ${size} tokens`;
  if (names) return `${names.join(', ')}, or nothing`;
  const most = below === undefined ? '' : ` below ${below}`;
  if (size === 1) return dtype === 'int32' ? `a whole number from 0${most}` : 'a number';
  return `${size} ${dtype === 'int32' ? `whole numbers from 0${most}` : 'numbers'}`;
}

/** The name under which an input is fed, after the prefix of the batch's feeds. */
export function recordInputFeed(name: string): string {
  return `input/${name}`;
}

/**
 * The numbers of documents as feeds, `[rows · documents, size]` each: document k of row r has line `r · documents + k − 1`, and a
 * line that no document has is zeros.
 *
 * @param rows the records of each row's documents, in order
 * @param documents lines a row
 */
export function recordInputFeeds(
  inputs: readonly RecordInput[],
  rows: readonly (readonly (RecordMeta | undefined)[])[],
  documents: number,
): Record<string, HostTensor> {
  return Object.fromEntries(
    inputs.map((input) => {
      const { name, dtype } = input;
      const count = rows.length * documents;
      const lines = rows.map((records) => records.map((record) => readRecordInput(input, record)));
      const size = lineLength(input, lines.flat());
      const data =
        dtype === 'int32' ? new Int32Array(count * size) : new Float32Array(count * size);
      for (const [row, ofRow] of lines.entries())
        for (const [k, line] of ofRow.entries())
          data.set(line.data.subarray(0, size), (row * documents + k) * size);
      return [recordInputFeed(name), { data, shape: [count, size], dtype }];
    }),
  );
}

/** How much of lines is needed: all of numbers, of texts as much as the longest has, rounded up so that few lengths occur. */
export function lineLength(
  { size, text }: Pick<RecordInput, 'size' | 'text'>,
  lines: readonly HostTensor[],
): number {
  if (!text) return size;
  const longest = lines.reduce((most, { data }) => {
    const end = (data as Int32Array).indexOf(-1);
    return Math.max(most, end < 0 ? data.length : end);
  }, 1);
  return Math.min(size, bucketLength(longest));
}

/** What the records of a batch give to methods, in tensors. A batch may hold several documents a row. */
export interface BatchInputs {
  /**
   * `[documents, size]`: the numbers of an input, of every document that the batch has room for; or `[documents, …]`, what was
   * computed of them before (`GeneratedFactory`).
   */
  values(name: string): tf.Tensor | undefined;
  /**
   * A line for each document, `[documents, …]`, as a line for each token, `[batch, tokens, …]`: every token gets that of its
   * document, padding that of some document.
   *
   * @param sequence whose tokens: the batch's own, or those of the encoder in an encoder-decoder
   */
  spread(lines: tf.Tensor, sequence: 'tokens' | 'source'): tf.Tensor;
}

/** A sequence whose tokens belong to documents, as batches are fed: `ids` and `segmentIds` `[batch, tokens]`. */
interface FedSequence {
  readonly ids: tf.Tensor;
  readonly segmentIds?: tf.Tensor | undefined;
}

/**
 * Reads what {@link recordInputFeeds} fed.
 *
 * @param feeds tensors by name, those of inputs under {@link recordInputFeed}
 * @returns undefined where no input was fed
 */
export function batchInputs(
  feeds: TensorMap,
  tokens: FedSequence,
  source?: FedSequence,
): BatchInputs | undefined {
  const prefix = recordInputFeed('');
  if (!Object.keys(feeds).some((name) => name.startsWith(prefix))) return undefined;
  return {
    values: (name) => feeds[recordInputFeed(name)],
    spread(lines, sequence) {
      const of = sequence === 'source' ? source : tokens;
      if (!of)
        throw modelsError({
          code: 'missing-input',
          kind: 'failure',
          message: 'this batch has no source',
          accepted: 'an encoder-decoder whose source is not cached',
        });
      const [rows, length] = of.ids.shape as [number, number];
      return gatherLines(lines, lineOf(of.segmentIds, lines.shape[0]! / rows, rows, length));
    },
  };
}

/** The line of each token's document, `[batch, tokens]` int32; padding counts as the row's first document. */
export function lineOf(
  segmentIds: tf.Tensor | undefined,
  documents: number,
  rows: number,
  length: number,
): tf.Tensor {
  const first = tf.reshape(tf.range(0, rows * documents, documents, 'int32'), [rows, 1]);
  if (!segmentIds || documents === 1) return tf.tile(first, [1, length]);
  const one = tf.scalar(1, 'int32');
  return tf.add(first, tf.sub(tf.maximum(segmentIds, one), one));
}

function gatherLines(lines: tf.Tensor, index: tf.Tensor): tf.Tensor {
  const [count, ...rest] = lines.shape;
  const flat = tf.gather(tf.reshape(lines, [count!, -1]), tf.reshape(index, [-1]) as tf.Tensor1D);
  return tf.reshape(flat, [...index.shape, ...rest]);
}
