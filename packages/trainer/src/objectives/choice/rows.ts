import { collateTokens, floats, integers } from '../../data/collate.ts';
import type { BatchShape, MicroBatch } from '../../data/collate.ts';
import { layDocuments } from '../../data/documents.ts';
import { UNSUPERVISED } from '../../data/rows.ts';
import type { Example, ExampleSize, Row, RowLengths } from '../../data/rows.ts';
import type { Objective, ObjectiveContext } from '../objective.ts';
import { previewTokens } from '../preview-tokens.ts';
import { maskedCount, maskRow } from '../masked-lm/mask.ts';
import type { Masking } from '../masked-lm/mask.ts';
import type { Candidates } from './candidates.ts';
import type { MaskedQuestion } from './masked-question.ts';

/** A record with its answers, and the share that each of them should get; without answers it is a question to be masked alone. */
export interface ChoiceExample extends Example, Pick<Candidates, 'documents' | 'candidates'> {
  /** The number of the right answer; −1 where only shares are known. */
  readonly answer: number;
  /** Adds up to 1. */
  readonly shares: readonly number[];
  /** The question as one more document, of which tokens are masked. */
  readonly masked?: MaskedQuestion;
}

/** The answers of one record in a row. */
export interface ChoiceGroup {
  /** Of each wording of each answer the positions of the row that score it, and the tokens that they are to predict. */
  readonly candidates: readonly (readonly {
    readonly places: readonly number[];
    readonly tokens: readonly number[];
  }[])[];
  readonly answer: number;
  readonly shares: readonly number[];
}

/** A row of records with several answers each. */
export interface ChoiceRow extends Row {
  readonly groups: readonly ChoiceGroup[];
  /** The word of each token that may be masked, 0 elsewhere; absent where nothing is masked. */
  readonly words?: Int32Array;
}

/**
 * How records with several answers become rows and feeds: what objectives over answers share.
 *
 * @param masking how the questions of examples are masked; nothing is where absent
 */
export function choiceRows(
  context: ObjectiveContext,
  masking?: Masking,
): Pick<
  Objective<ChoiceExample, ChoiceRow>,
  'packs' | 'lengths' | 'virtualTokens' | 'unit' | 'size' | 'row' | 'collate' | 'preview'
> {
  const { maximumLength, virtualTokens, model } = context;
  const paired = model.spec.kind === 'encoder-decoder';
  return {
    packs: true,
    lengths: { tokens: maximumLength, ...(paired ? { sourceTokens: maximumLength } : {}) },
    virtualTokens,
    unit: 'example',
    size: (example) => sizeOf(example, context, masking),
    row: (examples, lengths) => choiceRow(examples, lengths, context),
    collate: (rows, shape, { seeds }) =>
      collateChoices(
        rows.map((row, i) => drawn(row, seeds[i]!, masking)),
        shape,
        masking !== undefined,
      ),
    preview: (row, decode) => {
      const right = row.groups.flatMap(({ candidates, answer }) => candidates[answer] ?? []);
      const tokens = new Map(
        right.flatMap((wording) =>
          wording.places.map((place, i) => [place, wording.tokens[i]!] as const),
        ),
      );
      const shown =
        model.spec.kind === 'encoder'
          ? { ...row, ids: row.ids.map((id, i) => tokens.get(i) ?? id) }
          : row;
      const shift = model.spec.kind === 'encoder' ? 0 : 1;
      return previewTokens(shown, (i) => tokens.has(i - shift), decode);
    },
  };
}

function sizeOf(
  { documents, candidates, masked }: ChoiceExample,
  { virtualTokens, model }: ObjectiveContext,
  masking?: Masking,
): ExampleSize {
  const all = documents.length + (masked ? 1 : 0);
  const slots = all * virtualTokens.input;
  const paired = model.spec.kind === 'encoder-decoder';
  const own = documents.reduce((sum, { ids }) => sum + ids.length, masked?.ids.length ?? 0);
  const source = documents.reduce((sum, document) => sum + (document.source?.length ?? 0), 0);
  const wordings = candidates.flat();
  const terms =
    wordings.reduce((sum, { tokens }) => sum + tokens.length, 0) +
    (masked && masking ? maskedCount(masked.words, masking.rate) : 0);
  // an answer of which nothing is left cannot be scored, and the others not against it
  const scored = wordings.every(({ tokens }) => tokens.length > 0);
  return {
    tokens: own + (paired ? 0 : slots),
    ...(paired ? { sourceTokens: source + slots } : {}),
    slots,
    supervised: scored ? terms : 0,
    documents: all,
    places: {
      terms,
      wordings: wordings.length,
      candidates: candidates.length,
      groups: candidates.length > 0 ? 1 : 0,
    },
  };
}

function choiceRow(
  examples: readonly ChoiceExample[],
  { tokens, sourceTokens }: RowLengths,
  { virtualTokens }: ObjectiveContext,
): ChoiceRow {
  const documents = examples.flatMap((example) => [
    ...example.documents,
    ...(example.masked ? [{ ids: example.masked.ids }] : []),
  ]);
  const paired = sourceTokens !== undefined;
  const own = layDocuments(
    documents.map(({ ids }) => ids),
    tokens,
    paired ? { input: 0, keys: virtualTokens.keys } : virtualTokens,
  );
  const source =
    paired &&
    layDocuments(
      documents.map((document) => document.source ?? new Int32Array(0)),
      sourceTokens,
      { input: virtualTokens.input, keys: 0 },
    ).sequence;
  const words = new Int32Array(tokens);
  const groups: ChoiceGroup[] = [];
  let first = 0;
  for (const { candidates, answer, shares, masked, ...example } of examples) {
    const starts = own.starts.slice(first);
    first += example.documents.length;
    if (masked) words.set(masked.words, own.starts[first++]!);
    if (candidates.length === 0) continue;
    groups.push({
      answer,
      shares,
      candidates: candidates.map((ways) =>
        ways.map(({ document, tokens: answerTokens }) => ({
          places: answerTokens.map(({ at }) => starts[document]! + at),
          tokens: answerTokens.map(({ token }) => token),
        })),
      ),
    });
  }
  return {
    ...own.sequence,
    groups,
    ...(examples.some(({ masked }) => masked) ? { words } : {}),
    ...(source ? { source } : {}),
  };
}

/** A row whose questions are masked, and the tokens that they had. */
type DrawnRow = ChoiceRow & { readonly masked?: Int32Array };

function drawn(row: ChoiceRow, seed: number, masking: Masking | undefined): DrawnRow {
  const { words } = row;
  if (!masking || !words) return row;
  const { ids, targets } = maskRow({ ...row, words }, masking, seed);
  return { ...row, ids, masked: targets };
}

/**
 * Rows as feeds. `supervised` and `targets` `[terms]` int32: the positions that score answers, or are masked, and the tokens that
 * they are to predict; `wordingOf` `[terms]` int32: the wording that a term belongs to, −1 for none; `candidateOf` `[wordings]` int32
 * and `groupOf` `[candidates]` int32 likewise for wordings and answers; `sizes` `[wordings]` float32: tokens of each wording;
 * `shares` and `right` `[candidates]` float32; `weights` `[groups]` float32; `maskedWeights` `[terms]` float32 where questions are
 * masked: 1 for their tokens.
 */
function collateChoices(
  rows: readonly DrawnRow[],
  shape: BatchShape,
  isMasked: boolean,
): MicroBatch {
  const { feeds, tokens } = collateTokens(rows, shape, true);
  const { terms = 0, wordings = 0, candidates = 0, groups = 0 } = shape.places ?? {};
  const supervised = new Int32Array(terms);
  const targets = new Int32Array(terms);
  const wordingOf = new Int32Array(terms).fill(-1);
  const candidateOf = new Int32Array(wordings).fill(-1);
  const sizes = new Float32Array(wordings).fill(1);
  const groupOf = new Int32Array(candidates).fill(-1);
  const shares = new Float32Array(candidates);
  const right = new Float32Array(candidates);
  const weights = new Float32Array(groups);
  const maskedWeights = new Float32Array(terms);
  let term = 0;
  let wording = 0;
  let candidate = 0;
  let group = 0;
  for (const [number, row] of rows.entries()) {
    const start = number * shape.tokens;
    for (const one of row.groups) {
      for (const [i, ways] of one.candidates.entries()) {
        for (const { places, tokens: answer } of ways) {
          for (const [k, place] of places.entries()) {
            supervised[term] = start + place;
            targets[term] = answer[k]!;
            wordingOf[term++] = wording;
          }
          sizes[wording] = places.length;
          candidateOf[wording++] = candidate;
        }
        groupOf[candidate] = group;
        shares[candidate] = one.shares[i]!;
        right[candidate++] = i === one.answer ? 1 : 0;
      }
      weights[group++] = 1;
    }
    for (const [i, token] of (row.masked ?? []).entries()) {
      if (token === UNSUPERVISED) continue;
      supervised[term] = start + i;
      targets[term] = token;
      maskedWeights[term++] = 1;
    }
  }
  const masked = maskedWeights.reduce((sum, weight) => sum + weight, 0);
  return {
    feeds: {
      ...feeds,
      supervised: integers(supervised),
      targets: integers(targets),
      wordingOf: integers(wordingOf),
      candidateOf: integers(candidateOf),
      groupOf: integers(groupOf),
      sizes: floats(sizes),
      shares: floats(shares),
      right: floats(right),
      weights: floats(weights),
      ...(isMasked ? { maskedWeights: floats(maskedWeights) } : {}),
    },
    normalizer: group,
    ...(isMasked ? { further: { maskedWeights: masked } } : {}),
    supervised: term,
    tokens,
  };
}
