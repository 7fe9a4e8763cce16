import { isTokenized } from '@tunesmith/schema';
import type { DataRecord } from '@tunesmith/schema';
import { collateTargets, collateTokens } from '../../data/collate.ts';
import { layDocuments, noVirtualTokens } from '../../data/documents.ts';
import { UNSUPERVISED } from '../../data/rows.ts';
import type { Example, Row } from '../../data/rows.ts';
import { nothingNoticed } from '../../data/tokenize.ts';
import type { Noticed, TokenizationNote } from '../../data/tokenize.ts';
import { collateNoise, tokenLossOptions } from '../disturb.ts';
import type { TokenLossOptions } from '../disturb.ts';
import { aroundOf, enclose } from '../encode-text.ts';
import type { Objective, ObjectiveContext, ObjectivePlugin } from '../objective.ts';
import { previewTokens } from '../preview-tokens.ts';
import { contentOf, failure, textOf, tokenizerOf, turnsOf } from '../record-text.ts';
import { requireModel } from '../require-model.ts';
import { tokenLoss } from '../token-loss.ts';

/** A source for the encoder, and an answer for the decoder: position i reads `ids[i]` and is to predict `targets[i]`. */
export interface PairExample extends Example {
  readonly source: Int32Array;
  /** The answer shifted right behind the decoder's start token. */
  readonly ids: Int32Array;
  readonly targets: Int32Array;
}

interface Seq2SeqOptions extends TokenLossOptions {
  readonly source_length?: number;
}

/**
 * Answers from an encoded source: everything before the last answer goes to the encoder, the answer, shifted right behind
 * `decoder_start_token_id`, to the decoder; `loss = Σ −log p(tokenᵢ | source, tokens before it)` over the answer's tokens and
 * the token that ends it, as in T5 (Raffel et al. 2020) and BART (Lewis et al. 2020).
 *
 * Both sides carry what the tokenizer puts around a text. In a packed row the decoder's document k sees the encoder's
 * document k.
 */
export const seq2seq: ObjectivePlugin = {
  specVersion: 2,
  name: 'seq2seq',
  description: 'Predict the last answer in a decoder from everything before it in an encoder.',
  reference: {
    title: 'Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer',
    authors: 'Raffel, Shazeer, Roberts et al.',
    year: 2020,
    url: 'https://arxiv.org/abs/1910.10683',
  },
  options: {
    type: 'object',
    properties: {
      ...tokenLossOptions,
      source_length: {
        type: 'integer',
        minimum: 2,
        description:
          'Longest source in tokens; training.max_length, which bounds answers, by default.',
      },
    },
    additionalProperties: false,
  },
  create: (options, context) => sequenceToSequence(options as unknown as Seq2SeqOptions, context),
};

function sequenceToSequence(
  options: Seq2SeqOptions,
  context: ObjectiveContext,
): Objective<PairExample> {
  requireModel('seq2seq', context, ['encoder-decoder'], 'vocabulary');
  const { virtualTokens, maximumLength } = context;
  const lengths = {
    tokens: maximumLength,
    sourceTokens: options.source_length ?? maximumLength,
  };
  const slots = virtualTokens.input;
  const noise = { alpha: options.neftune_alpha, width: context.model.spec.width };
  return {
    packs: true,
    lengths,
    virtualTokens,
    unit: 'token',
    sums: { correct: 'accuracy' },
    tokenize: (record) =>
      tokenizePair(record, context, { ...lengths, sourceTokens: lengths.sourceTokens - slots }),
    size: ({ ids, source, targets }) => ({
      tokens: ids.length,
      sourceTokens: source.length + slots,
      slots,
      supervised: targets.filter((target) => target !== UNSUPERVISED).length,
    }),
    row: (examples, rowLengths) => pairRow(examples, rowLengths, context),
    collate(rows, shape, { training }) {
      const { feeds, tokens } = collateTokens(rows, shape, true);
      const targets = collateTargets(rows, shape);
      const { supervised } = targets;
      return {
        feeds: {
          ...feeds,
          ...targets.feeds,
          ...(training ? collateNoise(rows, shape, noise) : {}),
        },
        normalizer: supervised,
        supervised,
        tokens,
      };
    },
    loss: (batch, scope) =>
      tokenLoss(batch, scope, context, {
        labelSmoothing: scope.training ? options.label_smoothing : 0,
      }),
    preview: previewPairs,
  };
}

/** One row of pairs: the slots of prompts are before the sources, prefixes before what the decoder has. */
export function pairRow(
  examples: readonly PairExample[],
  { tokens, sourceTokens = 0 }: { readonly tokens: number; readonly sourceTokens?: number },
  { virtualTokens: { input, keys } }: Pick<ObjectiveContext, 'virtualTokens'>,
): Row & { readonly targets: Int32Array; readonly source: NonNullable<Row['source']> } {
  const own = layDocuments(
    examples.map(({ ids }) => ids),
    tokens,
    { input: 0, keys },
  );
  const source = layDocuments(
    examples.map((example) => example.source),
    sourceTokens,
    { ...noVirtualTokens, input },
  ).sequence;
  const targets = new Int32Array(tokens).fill(UNSUPERVISED);
  for (const [k, example] of examples.entries()) targets.set(example.targets, own.starts[k]!);
  return { ...own.sequence, targets, source };
}

/**
 * A record as source and answer. Of tokens, the last run of labels is the answer, and what stands before it the source.
 *
 * @throws TunesmithError `no-decoder-start` where the model's configuration has no `decoder_start_token_id`
 */
export function tokenizePair(
  record: DataRecord,
  context: ObjectiveContext,
  lengths: { readonly tokens: number; readonly sourceTokens: number },
): PairExample & Noticed {
  if (isTokenized(record)) {
    const { input_ids: ids, labels } = record;
    const end = labels.findLastIndex((label) => label !== UNSUPERVISED) + 1;
    const start = labels.findLastIndex((label, i) => i < end && label === UNSUPERVISED) + 1;
    const source = { ids: ids.slice(0, start), truncated: 0 };
    return {
      ...pair(record.id, source, labels.slice(start, end), context, lengths),
      ...nothingNoticed,
    };
  }
  const { id } = record;
  const tokenizer = tokenizerOf(context, id);
  const { before, answer } = turnsOf(record, context);
  const around = aroundOf(tokenizer);
  const text = textOf(before, tokenizer, id);
  const source = enclose(tokenizer.encode(text, { special: false }), around, lengths.sourceTokens);
  const said = answer && answer.train !== false ? contentOf(answer, id) : '';
  const target = [...around.before, ...tokenizer.encode(said, { special: false }), ...around.after];
  const notes: TokenizationNote[] = [];
  if (said.trim() === '') notes.push('empty-answer');
  if (!tokenizer.endIds.includes(target.at(-1) ?? -1)) {
    notes.push(tokenizer.eos === undefined ? 'end-missing' : 'end-added');
    if (tokenizer.eos !== undefined) target.push(tokenizer.eos);
  }
  const learned = answer === undefined || answer.train === false ? [] : target;
  return { ...pair(id, source, learned, context, lengths), ...nothingNoticed, notes };
}

function pair(
  id: string,
  source: { readonly ids: readonly number[]; readonly truncated: number },
  answer: readonly number[],
  { model: { spec } }: ObjectiveContext,
  lengths: { readonly tokens: number; readonly sourceTokens: number },
): PairExample {
  if (spec.decoderStart === undefined)
    throw failure(
      id,
      'no-decoder-start',
      'needs the token that a decoder begins with',
      'decoder_start_token_id in config.json',
    );
  const targets = answer.slice(0, lengths.tokens);
  return {
    id,
    source: Int32Array.from(source.ids.slice(0, lengths.sourceTokens)),
    ids: Int32Array.from([spec.decoderStart, ...targets.slice(0, -1)].slice(0, targets.length)),
    targets: Int32Array.from(targets),
    truncated:
      source.truncated +
      Math.max(0, source.ids.length - lengths.sourceTokens) +
      answer.length -
      targets.length,
  };
}

/** Each pair in one line: the source, then the answer. */
export function previewPairs(
  row: Row,
  decode: (ids: number[]) => string,
): ReturnType<typeof previewTokens> {
  const answers = new Map<number, number[]>();
  for (const [i, target] of row.targets!.entries()) {
    const document = row.segmentIds[i]! - 1;
    if (target !== UNSUPERVISED) answers.set(document, [...(answers.get(document) ?? []), target]);
  }
  return previewTokens(row.source!, () => false, decode).map((source, document) => [
    ...source,
    { text: ' → ', supervised: false },
    { text: decode(answers.get(document) ?? []), supervised: true },
  ]);
}
