import { scoreTokens } from '@tunesmith/kernels';
import { tf, type HostTensor, type TensorMap } from '@tunesmith/runtime';
import { modelsError } from '../errors.ts';
import type { Head } from '../forward/head.ts';
import type { RecordMeta } from '../record-inputs.ts';
import { checkIds, input, inputLength, type BoundModel } from './bound.ts';
import { bucketLength, powerOfTwo } from './buckets.ts';
import { finiteLogits } from './finite-logits.ts';
import { decoderStartOf, ofDecoder } from '../generation/decoder-start.ts';
import { createLayout, layoutFeeds, placeDocument } from './layout.ts';
import { packRows, type PackedRow } from './pack.ts';

/** A text to be scored given another one before it. */
export interface LogLikelihoodRequest {
  /**
   * What comes before, at least one token unless the model has virtual tokens at its input; of an encoder-decoder what the
   * encoder reads: the continuation follows the decoder's start token.
   */
  readonly context: readonly number[];
  /** What is scored, at least one token. */
  readonly continuation: readonly number[];
  /**
   * What the model reads in the continuation's places, as many tokens; absent, the continuation itself. Labels that differ
   * from the tokens they stand at are scored so.
   */
  readonly read?: readonly number[];
  /** The record that it is of, where methods read of it. */
  readonly record?: RecordMeta;
}

/** How likely a continuation is. */
export interface LogLikelihood {
  /** Σ log p(token | what comes before it), natural logarithm. */
  readonly sum: number;
  /** Number of tokens of the continuation. */
  readonly tokens: number;
  /** How many of them are the most likely token where they stand. */
  readonly correct: number;
  /** Whether greedy decoding would write exactly this continuation. */
  readonly greedy: boolean;
  /** log p of each token. */
  readonly perToken: readonly number[];
}

/** Computes log-likelihoods, in any number at a time. */
export type ScoreRequests = (
  requests: readonly LogLikelihoodRequest[],
  options?: { readonly signal?: AbortSignal },
) => Promise<LogLikelihood[]>;

/** Scores of the hidden states `[n, width]`; through whole logits where the head is more than a product. */
function scoreHidden(head: Head, hidden: tf.Tensor, targets: tf.Tensor): TensorMap {
  const projection = head.projection(hidden);
  if (projection) return { ...scoreTokens({ ...projection, targets }) };
  const logits = head.logits(hidden);
  const chosen = tf.oneHot(tf.cast(targets, 'int32'), logits.shape[1] as number);
  const greedy = tf.cast(tf.equal(tf.argMax(logits, -1), targets), 'float32');
  return { logProbabilities: tf.sum(tf.mul(tf.logSoftmax(logits), chosen), -1), greedy };
}

/**
 * Log-likelihoods of continuations, of decoders after their context and of encoder-decoders given their source.
 *
 * Requests are sorted by length and packed into rows in which none sees another, so that short requests do not pay for
 * padding; only the continuations' positions go through the head.
 */
export function createScorer(bound: BoundModel): ScoreRequests {
  const { spec } = bound.model;
  const isCrossed = spec.kind === 'encoder-decoder';
  const run = bound.compile('log-likelihoods', (scope) => {
    const { hidden } = scope.forward({ logitsToKeep: input(scope.tensors, 'rows') });
    return scoreHidden(
      scope.head,
      tf.reshape(hidden, [-1, spec.width]),
      input(scope.tensors, 'targets'),
    );
  });

  const check = (request: LogLikelihoodRequest, index: number): void => {
    const { context, continuation, read = continuation } = request;
    const what = `request ${index}`;
    if (continuation.length === 0) {
      throw modelsError({
        code: 'empty-continuation',
        message: `${what} has no continuation to score`,
        value: index,
      });
    }
    if (inputLength(bound, context.length) === 0) {
      throw modelsError({
        code: 'empty-context',
        message: `${what} has no context, so its first token has no probability`,
        value: index,
        accepted: 'at least one token, for example the beginning of sequence',
      });
    }
    if (read.length !== continuation.length) {
      throw modelsError({
        code: 'unequal-lengths',
        message: `${what} reads ${read.length} tokens and scores ${continuation.length}`,
        value: read.length,
        accepted: `${continuation.length} tokens, one in each place of the continuation`,
      });
    }
    checkIds(bound.model, context, what);
    checkIds(bound.model, continuation, what);
    checkIds(bound.model, read, what);
    if (isCrossed) {
      bound.checkLength(context.length, what);
      bound.checkLength(continuation.length, what);
    } else bound.checkLength(context.length + continuation.length - 1, what);
  };

  const scoreRow = async (
    row: PackedRow,
    requests: readonly LogLikelihoodRequest[],
  ): Promise<LogLikelihood[]> => {
    const layout = createLayout(1, bucketLength(row.filled));
    const source = isCrossed ? createLayout(1, layout.length) : undefined;
    const rows: number[] = [];
    const targets: number[] = [];
    for (const [k, { index, start }] of row.items.entries()) {
      const { context, continuation, read = continuation } = requests[index]!;
      const shown = read.slice(0, -1);
      let first: number;
      if (source) {
        placeDocument(source, start, context, k + 1, bound.virtual);
        first = placeDocument(
          layout,
          start,
          [decoderStartOf(spec), ...shown],
          k + 1,
          ofDecoder(bound),
        );
      } else {
        const ids = [...context, ...shown];
        first = placeDocument(layout, start, ids, k + 1, bound.virtual) + context.length - 1;
      }
      continuation.forEach((target, j) => {
        rows.push(first + j);
        targets.push(target);
      });
    }
    const records = row.items.map(({ index }) => requests[index]!.record);
    const count = powerOfTwo(rows.length, 16);
    const vector = (values: number[]): HostTensor => {
      const data = new Int32Array(count);
      data.set(values);
      return { dtype: 'int32', shape: [count], data };
    };
    const outputs = await run({
      ...layoutFeeds(layout, source ? ofDecoder(bound) : bound.virtual),
      ...(source ? layoutFeeds(source, bound.virtual, 'source:') : {}),
      ...(await bound.recordFeeds([records], powerOfTwo(records.length, 1))),
      'input:rows': vector(rows),
      'input:targets': vector(targets),
    });
    const values = async (name: string): Promise<Float32Array> =>
      (await bound.device.read(outputs[name]!)).data as Float32Array;
    const logProbabilities = finiteLogits(await values('logProbabilities'));
    const greedy = await values('greedy');
    for (const output of Object.values(outputs)) output.dispose();

    let from = 0;
    return row.items.map(({ index }) => {
      const tokens = requests[index]!.continuation.length;
      const perToken = Array.from(logProbabilities.slice(from, from + tokens));
      const correct = perToken.filter((_, k) => greedy[from + k] === 1).length;
      from += tokens;
      const sum = perToken.reduce((total, one) => total + one, 0);
      return { sum, tokens, correct, greedy: correct === tokens, perToken };
    });
  };

  return async (requests, { signal } = {}) => {
    if (spec.kind === 'encoder' || spec.headKind.kind !== 'vocabulary')
      throw modelsError({
        code: 'cannot-score',
        message: `a model of type "${spec.modelType}" with ${spec.headKind.kind === 'labels' ? 'a head for labels' : 'an encoder alone'} scores no continuations`,
        value: spec.modelType,
        accepted: 'a decoder or an encoder-decoder with a head for tokens',
      });
    if (isCrossed) decoderStartOf(spec);
    requests.forEach(check);
    const lengths = requests.map(({ context, continuation }) =>
      isCrossed
        ? Math.max(inputLength(bound, context.length), continuation.length)
        : inputLength(bound, context.length + continuation.length - 1),
    );
    const results = Array.from<LogLikelihood>({ length: requests.length });
    for (const row of packRows(lengths)) {
      signal?.throwIfAborted();
      const scored = await scoreRow(row, requests);
      row.items.forEach(({ index }, k) => {
        results[index] = scored[k]!;
      });
    }
    return results;
  };
}
