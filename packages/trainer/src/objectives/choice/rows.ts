import { collateTokens, floats, integers } from '../../data/collate.ts';
import type { BatchShape, MicroBatch } from '../../data/collate.ts';
import { layDocuments } from '../../data/documents.ts';
import type { Example, ExampleSize, Row, RowLengths } from '../../data/rows.ts';
import type { Objective, ObjectiveContext } from '../objective.ts';
import { previewTokens } from '../preview-tokens.ts';
import type { Candidates } from './candidates.ts';

/** A record with its answers, and the share that each of them should get. */
export interface ChoiceExample extends Example, Pick<Candidates, 'documents' | 'candidates'> {
  /** The number of the right answer; −1 where only shares are known. */
  readonly answer: number;
  /** Adds up to 1. */
  readonly shares: readonly number[];
}

/** The answers of one record in a row. */
export interface ChoiceGroup {
  /** Of each answer the positions of the row that score it, and the tokens that they are to predict. */
  readonly candidates: readonly {
    readonly places: readonly number[];
    readonly tokens: readonly number[];
  }[];
  readonly answer: number;
  readonly shares: readonly number[];
}

/** A row of records with several answers each. */
export interface ChoiceRow extends Row {
  readonly groups: readonly ChoiceGroup[];
}

/** How records with several answers become rows and feeds: what objectives over answers share. */
export function choiceRows(
  context: ObjectiveContext,
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
    size: (example) => sizeOf(example, context),
    row: (examples, lengths) => choiceRow(examples, lengths, context),
    collate: collateChoices,
    preview: (row, decode) => {
      const right = new Set(
        row.groups.flatMap(({ candidates, answer }) => candidates[answer]?.places ?? []),
      );
      const tokens = new Map(
        row.groups.flatMap(({ candidates, answer }) =>
          (candidates[answer]?.places ?? []).map(
            (place, i) => [place, candidates[answer]!.tokens[i]!] as const,
          ),
        ),
      );
      const shown =
        model.spec.kind === 'encoder'
          ? { ...row, ids: row.ids.map((id, i) => tokens.get(i) ?? id) }
          : row;
      const shift = model.spec.kind === 'encoder' ? 0 : 1;
      return previewTokens(shown, (i) => right.has(i - shift), decode);
    },
  };
}

function sizeOf(
  { documents, candidates }: ChoiceExample,
  { virtualTokens, model }: ObjectiveContext,
): ExampleSize {
  const slots = documents.length * virtualTokens.input;
  const paired = model.spec.kind === 'encoder-decoder';
  const own = documents.reduce((sum, { ids }) => sum + ids.length, 0);
  const source = documents.reduce((sum, document) => sum + (document.source?.length ?? 0), 0);
  const terms = candidates.reduce((sum, { tokens }) => sum + tokens.length, 0);
  // an answer of which nothing is left cannot be scored, and the others not against it
  const scored = candidates.every(({ tokens }) => tokens.length > 0);
  return {
    tokens: own + (paired ? 0 : slots),
    ...(paired ? { sourceTokens: source + slots } : {}),
    slots,
    supervised: scored ? terms : 0,
    documents: documents.length,
    places: { terms, candidates: candidates.length, groups: 1 },
  };
}

function choiceRow(
  examples: readonly ChoiceExample[],
  { tokens, sourceTokens }: RowLengths,
  { virtualTokens }: ObjectiveContext,
): ChoiceRow {
  const documents = examples.flatMap((example) => example.documents);
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
  let first = 0;
  const groups = examples.map(({ candidates, answer, shares, ...example }): ChoiceGroup => {
    const starts = own.starts.slice(first);
    first += example.documents.length;
    return {
      answer,
      shares,
      candidates: candidates.map(({ document, tokens: answerTokens }) => ({
        places: answerTokens.map(({ at }) => starts[document]! + at),
        tokens: answerTokens.map(({ token }) => token),
      })),
    };
  });
  return {
    ...own.sequence,
    groups,
    ...(source ? { source } : {}),
  };
}

/**
 * Rows as feeds. `supervised` and `targets` `[terms]` int32: the positions that score answers, and the tokens that they are to
 * predict; `candidateOf` `[terms]` int32: the answer that a term belongs to, −1 for none; `groupOf` `[candidates]` int32
 * likewise for answers; `sizes` `[candidates]` float32: tokens of each answer; `shares` and `right` `[candidates]` float32;
 * `weights` `[groups]` float32.
 */
function collateChoices(rows: readonly ChoiceRow[], shape: BatchShape): MicroBatch {
  const { feeds, tokens } = collateTokens(rows, shape, true);
  const { terms = 0, candidates = 0, groups = 0 } = shape.places ?? {};
  const supervised = new Int32Array(terms);
  const targets = new Int32Array(terms);
  const candidateOf = new Int32Array(terms).fill(-1);
  const groupOf = new Int32Array(candidates).fill(-1);
  const sizes = new Float32Array(candidates).fill(1);
  const shares = new Float32Array(candidates);
  const right = new Float32Array(candidates);
  const weights = new Float32Array(groups);
  let term = 0;
  let candidate = 0;
  let group = 0;
  for (const [number, row] of rows.entries()) {
    for (const one of row.groups) {
      for (const [i, { places, tokens: answer }] of one.candidates.entries()) {
        for (const [k, place] of places.entries()) {
          supervised[term] = number * shape.tokens + place;
          targets[term] = answer[k]!;
          candidateOf[term++] = candidate;
        }
        groupOf[candidate] = group;
        sizes[candidate] = places.length;
        shares[candidate] = one.shares[i]!;
        right[candidate++] = i === one.answer ? 1 : 0;
      }
      weights[group++] = 1;
    }
  }
  return {
    feeds: {
      ...feeds,
      supervised: integers(supervised),
      targets: integers(targets),
      candidateOf: integers(candidateOf),
      groupOf: integers(groupOf),
      sizes: floats(sizes),
      shares: floats(shares),
      right: floats(right),
      weights: floats(weights),
    },
    normalizer: group,
    supervised: term,
    tokens,
  };
}
