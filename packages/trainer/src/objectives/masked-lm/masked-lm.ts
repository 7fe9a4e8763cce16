import type { Tokenizer } from '@tunesmith/models';
import { hash32, isTokenized, TunesmithError } from '@tunesmith/schema';
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
import { maskedCount, maskTokens } from './mask.ts';
import type { Masking } from './mask.ts';
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

interface MaskedOptions {
  readonly rate: number;
  readonly mask_share: number;
  readonly random_share: number;
  readonly whole_word: boolean;
}

const share = (initial: number, description: string) =>
  ({ type: 'number', minimum: 0, maximum: 1, default: initial, description }) as const;

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
      rate: {
        type: 'number',
        exclusiveMinimum: 0,
        maximum: 1,
        default: 0.15,
        description: 'Share of the tokens of a text that are chosen, at least one.',
      },
      mask_share: share(0.8, 'Share of the chosen tokens that become the mask token.'),
      random_share: share(
        0.1,
        'Share of the chosen tokens that become a random one; the rest stay.',
      ),
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
  requireShares(options);
  const { maximumLength, virtualTokens, tokenizer, model } = context;
  const slots = virtualTokens.input;
  const masking = tokenizer && maskingOf(options, tokenizer, model.spec.vocabulary);
  const numberWords = tokenizer && wordNumbering(tokenizer, options.whole_word);
  const masked = (row: MaskedRow, seed: number): MaskedRow =>
    masking ? maskRow(row, masking, seed) : row;
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

/** Every document of a row masked by a seed of its own. */
function maskRow(row: MaskedRow, masking: Masking, seed: number): MaskedRow {
  const ids = row.ids.slice();
  const targets = row.targets.slice();
  const last = row.segmentIds.reduce((most, document) => Math.max(most, document), 0);
  for (let document = 1; document <= last; document++) {
    const start = row.segmentIds.indexOf(document);
    const end = row.segmentIds.lastIndexOf(document) + 1;
    const words = row.words.subarray(start, end);
    const drawn = maskTokens(ids.slice(start, end), words, masking, hash32(seed, 0, document));
    ids.set(drawn.ids, start);
    for (const [i, target] of drawn.targets.entries())
      if (target !== UNSUPERVISED) targets[start + i] = target;
  }
  return { ...row, ids, targets };
}

function maskingOf(options: MaskedOptions, tokenizer: Tokenizer, vocabulary: number): Masking {
  const { mask } = tokenizer;
  if (mask === undefined)
    throw new TunesmithError({
      package: '@tunesmith/trainer',
      code: 'no-mask-token',
      message: 'the objective masked-lm needs a mask token, and the tokenizer has none',
      accepted: 'a tokenizer whose configuration names its mask_token',
    });
  const size = Math.min(vocabulary, tokenizer.vocabularySize);
  const all = Int32Array.from({ length: size }, (_, id) => id);
  const ordinary = all.filter(
    (id) => !tokenizer.isSpecial(id) && tokenizer.token(id) !== undefined,
  );
  const { rate, mask_share: maskShare, random_share: randomShare } = options;
  return { rate, maskShare, randomShare, mask, ordinary };
}

function requireShares({ mask_share: mask, random_share: random }: MaskedOptions): void {
  if (mask + random <= 1 + 1e-9) return;
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'invalid-options',
    message: `mask_share and random_share of the objective masked-lm add up to ${mask + random}`,
    value: mask + random,
    accepted: 'at most 1 together',
  });
}
