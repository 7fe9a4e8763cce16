import { isTokenized } from '@tunesmith/schema';
import type { DataRecord } from '@tunesmith/schema';
import { collateTargets, collateTokens } from '../../data/collate.ts';
import { layDocuments } from '../../data/documents.ts';
import { UNSUPERVISED } from '../../data/rows.ts';
import type { LabeledExample, Row } from '../../data/rows.ts';
import { nothingNoticed } from '../../data/tokenize.ts';
import type { Noticed } from '../../data/tokenize.ts';
import { aroundOf, enclose } from '../encode-text.ts';
import type { Objective, ObjectiveContext, ObjectivePlugin } from '../objective.ts';
import { previewTokens } from '../preview-tokens.ts';
import { textOf, tokenizerOf, turnsOf } from '../record-text.ts';
import { requireModel } from '../require-model.ts';
import { tokenLoss } from '../token-loss.ts';
import { maskedCount, maskRow } from './mask.ts';
import { maskingOf, maskingProperties } from './masking-options.ts';
import type { MaskingOptions } from './masking-options.ts';
import { wordNumbering } from './words.ts';
import type { NumberWords } from './words.ts';

/** A text, the word of each of its tokens (0 = never masked), and labels where it is masked already. */
export interface MaskedExample extends LabeledExample {
  readonly words: Int32Array;
}

interface MaskedRow extends Row {
  readonly targets: Int32Array;
  readonly words: Int32Array;
}

interface MaskedOptions extends MaskingOptions {
  readonly whole_word: boolean;
}

/**
 * Masked language modeling (Devlin et al. 2019): some tokens of a text are chosen, most of them masked, and
 * `loss = Σ −log p(token | the rest)` over the chosen ones. The choice is a new one each time a row comes, and follows from the
 * seed and the row's place in the run; when measuring it is the same each time. Special tokens are never chosen.
 *
 * The text is the whole record, answers included. Records that are tokens already bring their own masks: a label that is not
 * −100 is the token at its own place, and nothing else is masked.
 */
export const maskedLm: ObjectivePlugin = {
  specVersion: 2,
  name: 'masked-lm',
  description: 'Guess masked tokens of a text from the rest of it.',
  reference: {
    title: 'BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding',
    authors: 'Devlin, Chang, Lee, Toutanova',
    year: 2019,
    url: 'https://arxiv.org/abs/1810.04805',
  },
  options: {
    type: 'object',
    properties: {
      ...maskingProperties,
      whole_word: {
        type: 'boolean',
        default: false,
        description: 'Whether all pieces of a word are chosen together.',
      },
    },
    additionalProperties: false,
  },
  create: (options, context) => maskedModeling(options as unknown as MaskedOptions, context),
};

function maskedModeling(
  options: MaskedOptions,
  context: ObjectiveContext,
): Objective<MaskedExample, MaskedRow> {
  requireModel('masked-lm', context, ['encoder'], 'vocabulary');
  const { maximumLength, virtualTokens, tokenizer } = context;
  const slots = virtualTokens.input;
  const masking = maskingOf('masked-lm', options, context);
  const numberWords = tokenizer && wordNumbering(tokenizer, options.whole_word);
  const masked = (row: MaskedRow, seed: number): MaskedRow => {
    if (!masking) return row;
    const { ids, targets } = maskRow(row, masking, seed);
    // records that are tokens bring their own targets
    const all = targets.map((target, i) => (target === UNSUPERVISED ? row.targets[i]! : target));
    return { ...row, ids, targets: all };
  };
  return {
    packs: true,
    lengths: { tokens: maximumLength },
    virtualTokens,
    unit: 'token',
    sums: { correct: 'accuracy' },
    tokenize: (record) => tokenizeMasked(record, context, numberWords),
    size: ({ ids, words, labels }) => ({
      tokens: ids.length + slots,
      slots,
      supervised:
        maskedCount(words, options.rate) + labels.filter((label) => label !== UNSUPERVISED).length,
    }),
    row(examples, { tokens }) {
      const { sequence, starts } = layDocuments(
        examples.map(({ ids }) => ids),
        tokens,
        virtualTokens,
      );
      const targets = new Int32Array(tokens).fill(UNSUPERVISED);
      const words = new Int32Array(tokens);
      for (const [k, example] of examples.entries()) {
        targets.set(example.labels, starts[k]!);
        words.set(example.words, starts[k]!);
      }
      return { ...sequence, targets, words };
    },
    collate(rows, shape, { seeds }) {
      const drawn = rows.map((row, i) => masked(row, seeds[i]!));
      const { feeds, tokens } = collateTokens(drawn, shape, true);
      const targets = collateTargets(drawn, shape);
      const { supervised } = targets;
      return { feeds: { ...feeds, ...targets.feeds }, normalizer: supervised, supervised, tokens };
    },
    loss: (batch, scope) => tokenLoss(batch, scope, context),
    preview(row, decode) {
      const { targets } = masked(row, 0);
      return previewTokens(row, (i) => targets[i] !== UNSUPERVISED, decode);
    },
  };
}

function tokenizeMasked(
  record: DataRecord,
  context: ObjectiveContext,
  numberWords: NumberWords | undefined,
): MaskedExample & Noticed {
  const { id } = record;
  const maximumLength = context.maximumLength - context.virtualTokens.input;
  if (isTokenized(record)) {
    const ids = Int32Array.from(record.input_ids.slice(0, maximumLength));
    return {
      id,
      ids,
      labels: Int32Array.from(record.labels.slice(0, maximumLength)),
      words: new Int32Array(ids.length),
      truncated: record.input_ids.length - ids.length,
      ...nothingNoticed,
    };
  }
  const tokenizer = tokenizerOf(context, id);
  const { before, answer } = turnsOf(record, context);
  const text = textOf(answer ? [...before, answer] : before, tokenizer, id);
  const plain = tokenizer.encode(text, { special: false });
  const { ids, truncated } = enclose(plain, aroundOf(tokenizer), maximumLength);
  return {
    id,
    ids: Int32Array.from(ids),
    labels: new Int32Array(ids.length).fill(UNSUPERVISED),
    words: numberWords!(ids),
    truncated,
    ...nothingNoticed,
  };
}
