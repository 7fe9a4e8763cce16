import { classifiedToken, shiftedRight } from '@tunesmith/models';
import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import { isTokenized } from '@tunesmith/schema';
import type { DataRecord } from '@tunesmith/schema';
import { collateTokens, floats, integers } from '../../data/collate.ts';
import type { BatchShape, MicroBatch } from '../../data/collate.ts';
import { layDocuments, noVirtualTokens } from '../../data/documents.ts';
import type { Example, Row } from '../../data/rows.ts';
import { nothingNoticed } from '../../data/tokenize.ts';
import { aroundOf, enclose } from '../encode-text.ts';
import { forward } from '../forward.ts';
import type {
  BatchLoss,
  LossScope,
  Objective,
  ObjectiveClasses,
  ObjectiveContext,
  ObjectivePlugin,
  Scoring,
} from '../objective.ts';
import { previewTokens } from '../preview-tokens.ts';
import { failure, textOf, tokenizerOf, turnsOf } from '../record-text.ts';
import { requireModel } from '../require-model.ts';
import { labelsOf, saysLabel } from './labels.ts';
import type { LabelHead } from './labels.ts';

/** A text and what it should be classified as: see `labelsOf`. */
export interface ClassifiedExample extends Example {
  readonly ids: Int32Array;
  /** What the encoder of an encoder-decoder reads; its decoder reads it again as `ids`, shifted right. */
  readonly source?: Int32Array;
  readonly labels: readonly number[];
}

/** A row with the labels of each of its documents. */
export interface ClassifiedRow extends Row {
  readonly labels: readonly (readonly number[])[];
}

interface ClassificationOptions {
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Classification of texts by a head on the first token of each (the last, in decoders; in encoder-decoders the place of the token that
 * ends the text, in a decoder that reads it again), as transformers computes it from `problem_type` of the configuration: one label of several, `−log softmax(z)[label]`; any number of labels, the mean over them
 * of `−log σ(±z)`; numbers, the mean of `(z − y)²`. The loss is a mean over examples.
 *
 * The text is everything before the last answer; the label stands in `meta.label` or is the answer's text.
 */
export const classification: ObjectivePlugin = {
  specVersion: 2,
  name: 'classification',
  description: 'Give a text its label, its labels or its numbers, by a head of the model for them.',
  options: {
    type: 'object',
    properties: {
      labels: {
        type: 'object',
        additionalProperties: { type: 'string' },
        default: {},
        description: "The model's label for answers that are not its name: { positive: LABEL_1 }.",
      },
    },
    additionalProperties: false,
  },
  create: (options, context) => classify(options as unknown as ClassificationOptions, context),
};

/** The objective `classification` for a model. */
export function classify(
  options: ClassificationOptions,
  context: ObjectiveContext,
): Objective<ClassifiedExample, ClassifiedRow> {
  requireModel('classification', context, ['encoder', 'decoder', 'encoder-decoder'], 'labels');
  const head = context.model.spec.headKind as LabelHead;
  return {
    ...classifiedRows(context),
    sums: head.problem === 'regression' ? { error: 'absolute_error' } : { correct: 'accuracy' },
    tokenize: (record) => ({
      ...tokenizeText(record, context),
      labels: labelsOf(record, head, context, options.labels),
    }),
    collate(rows, shape) {
      const labels = rows.flatMap((row) => row.labels);
      const batch = collateTexts(rows, shape, head);
      const room = batch.feeds['weights']!.data.length;
      return {
        ...batch,
        feeds: {
          ...batch.feeds,
          labels:
            head.problem === 'single'
              ? integers(padded(new Int32Array(room), labels.flat()))
              : floats(padded(new Float32Array(room * head.labels.length), labels.flat()), [
                  room,
                  head.labels.length,
                ]),
        },
      };
    },
    ...(head.problem === 'single' ? { scoring: labelScoring(head, context, options.labels) } : {}),
    loss: (batch, scope) => lossOf(batch, scope, context, head),
    ...(head.problem === 'regression' ? {} : { classes: classesOf(head, context) }),
  };
}

/** The labels as classes: of several the likeliest, of any number those that are likelier than not. */
function classesOf(
  { labels, problem }: LabelHead,
  context: ObjectiveContext,
): ObjectiveClasses<ClassifiedExample> {
  return {
    names: labels,
    of: (example) =>
      problem === 'single'
        ? example.labels
        : example.labels.flatMap((isRight, label) => (isRight === 1 ? [label] : [])),
    predict(batch, scope) {
      const { hidden, head } = forward(batch, scope, context);
      const z = head.logits(hidden); // [n, labels]
      return problem === 'single'
        ? tf.oneHot(tf.argMax(z, -1) as tf.Tensor1D, labels.length)
        : tf.cast(tf.greater(z, 0), 'float32');
    },
  };
}

/** How likely each label of a model is: what objectives over one label of several share. */
export function labelScoring(
  head: LabelHead,
  context: ObjectiveContext,
  renamed: Readonly<Record<string, string>>,
): Scoring<ClassifiedExample> {
  return {
    over: 'labels',
    answers: () => head.labels,
    right: (record) =>
      saysLabel(record, context) ? labelsOf(record, head, context, renamed)[0]! : -1,
    tokenize: (record) => ({ ...tokenizeText(record, context), labels: [0] }),
    scores(batch, scope) {
      const { hidden, head: toLogits } = forward(batch, scope, context);
      return tf.reshape(tf.logSoftmax(toLogits.logits(hidden)), [-1]);
    },
  };
}

/** How texts that have one label each become rows: what objectives over a head of labels share. */
export function classifiedRows(
  context: ObjectiveContext,
): Omit<Objective<ClassifiedExample, ClassifiedRow>, 'sums' | 'tokenize' | 'collate' | 'loss'> {
  const { virtualTokens, maximumLength } = context;
  const slots = virtualTokens.input;
  const isCrossed = context.model.spec.kind === 'encoder-decoder';
  return {
    packs: true,
    lengths: { tokens: maximumLength, ...(isCrossed ? { sourceTokens: maximumLength } : {}) },
    virtualTokens,
    unit: 'example',
    size: ({ ids, source }) =>
      source
        ? { tokens: ids.length, sourceTokens: source.length + slots, slots, supervised: 1 }
        : { tokens: ids.length + slots, slots, supervised: 1 },
    row(examples, { tokens, sourceTokens = 0 }) {
      const labels = examples.map((example) => example.labels);
      const laid = (sequences: Int32Array[], length: number, virtual: typeof virtualTokens) =>
        layDocuments(sequences, length, virtual).sequence;
      const read = examples.map(({ ids }) => ids);
      if (!isCrossed) return { ...laid(read, tokens, virtualTokens), labels };
      // The slots of prompts are before the sources, prefixes before what the decoder has.
      const sources = examples.map(({ source }) => source!);
      const source = laid(sources, sourceTokens, { ...noVirtualTokens, input: slots });
      return { ...laid(read, tokens, { ...virtualTokens, input: 0 }), source, labels };
    },
    preview: (row, decode) =>
      previewTokens(row.source ?? row, () => false, decode).map((text, document) => [
        ...text,
        { text: ' → ', supervised: false },
        { text: row.labels[document]!.join(', '), supervised: true },
      ]),
  };
}

/**
 * The tokens of what is classified: of everything before the last answer; in an encoder-decoder with the token that ends a text.
 *
 * @throws TunesmithError `no-decoder-start`
 */
export function tokenizeText(
  record: DataRecord,
  context: ObjectiveContext,
): Omit<ClassifiedExample, 'labels'> & typeof nothingNoticed {
  const { kind, headKind, decoderStart } = context.model.spec;
  const end = headKind.kind === 'labels' ? headKind.end : undefined;
  const sequences = (ids: readonly number[]): Pick<ClassifiedExample, 'ids' | 'source'> => {
    if (kind !== 'encoder-decoder') return { ids: Int32Array.from(ids) };
    if (decoderStart === undefined)
      throw failure(
        record.id,
        'no-decoder-start',
        'needs the token that a decoder begins with',
        'decoder_start_token_id in config.json',
      );
    return { ids: Int32Array.from(shiftedRight(ids, decoderStart)), source: Int32Array.from(ids) };
  };
  const { id } = record;
  const maximumLength = context.maximumLength - context.virtualTokens.input;
  if (isTokenized(record)) {
    const ids = record.input_ids.slice(0, maximumLength);
    return {
      id,
      ...sequences(ids),
      truncated: record.input_ids.length - ids.length,
      ...nothingNoticed,
    };
  }
  const tokenizer = tokenizerOf(context, id);
  const text = textOf(turnsOf(record, context).before, tokenizer, id);
  const plain = tokenizer.encode(text, { special: false });
  const { before, after } = aroundOf(tokenizer);
  const isEnded = end === undefined || after.includes(end);
  const around = { before, after: isEnded ? after : [...after, end] };
  const { ids, truncated } = enclose(plain, around, maximumLength);
  return { id, ...sequences(ids), truncated, ...nothingNoticed };
}

/** Rows as feeds, with `supervised` `[n]`, the token of each document that is classified, and its `weights` `[n]`. */
export function collateTexts(
  rows: readonly Row[],
  shape: BatchShape,
  head: Pick<LabelHead, 'token' | 'padding' | 'end'>,
): MicroBatch {
  const { feeds, tokens } = collateTokens(rows, shape, true);
  const places = rows.flatMap((row, number) => {
    const last = row.segmentIds.reduce((most, document) => Math.max(most, document), 0);
    return Array.from({ length: last }, (_, document) => {
      const first = row.segmentIds.indexOf(document + 1);
      const ids = row.source
        ? wordsOf(row.source, document + 1)
        : row.ids.subarray(first, row.segmentIds.lastIndexOf(document + 1) + 1);
      return number * shape.tokens + first + classifiedToken(head, ids);
    });
  });
  const room = shape.supervised;
  return {
    feeds: {
      ...feeds,
      supervised: integers(padded(new Int32Array(room), places)),
      weights: floats(new Float32Array(room).fill(1, 0, places.length)),
    },
    normalizer: places.length,
    supervised: places.length,
    tokens,
  };
}

/** The tokens of a document without the virtual ones before them. */
function wordsOf(
  { ids, segmentIds, virtualTokenIds }: NonNullable<Row['source']>,
  document: number,
): Int32Array {
  return ids.filter((_, at) => segmentIds[at] === document && (virtualTokenIds?.[at] ?? -1) < 0);
}

function lossOf(
  batch: TensorMap,
  scope: LossScope,
  context: ObjectiveContext,
  { problem }: LabelHead,
): BatchLoss {
  const { hidden, head } = forward(batch, scope, context);
  const z = head.logits(hidden); // [n, labels]
  const labels = batch['labels']!;
  const weights = batch['weights']!;
  const counted = tf.cast(tf.greater(weights, 0), 'float32');
  const total = (each: tf.Tensor, by: tf.Tensor): tf.Scalar => tf.sum<tf.Scalar>(tf.mul(each, by));
  if (problem === 'single') {
    const wanted = tf.oneHot(labels as tf.Tensor1D, z.shape[1]!);
    const each = tf.neg(tf.sum(tf.mul(tf.logSoftmax(z), wanted), -1));
    const right = tf.cast(tf.equal(tf.argMax(z, -1), labels), 'float32');
    return { loss: total(each, weights), sums: { correct: total(right, counted) } };
  }
  if (problem === 'several') {
    // −[y log σ(z) + (1 − y) log σ(−z)] = softplus(z) − y z
    const each = tf.mean(tf.sub(tf.softplus(z), tf.mul(labels, z)), -1);
    const right = tf.equal(tf.greater(z, 0), tf.greater(labels, 0.5));
    const share = tf.mean(tf.cast(right, 'float32'), -1);
    return { loss: total(each, weights), sums: { correct: total(share, counted) } };
  }
  const difference = tf.sub(z, labels);
  return {
    loss: total(tf.mean(tf.square(difference), -1), weights),
    sums: { error: total(tf.mean(tf.abs(difference), -1), counted) },
  };
}

/** The values at the start of an array. */
function padded<A extends Int32Array | Float32Array>(into: A, values: readonly number[]): A {
  into.set(values);
  return into;
}
