import { recordInputFeed } from '@tunesmith/models';
import type { HostTensor } from '@tunesmith/runtime';
import { UNSUPERVISED } from './rows.ts';
import type { Row, TokenSequence } from './rows.ts';

/** The static shapes of a run's batches: one compiled step serves them all. */
export interface BatchShape {
  /** Rows in a batch. */
  readonly rows: number;
  /** Tokens in a row. */
  readonly tokens: number;
  /** Tokens in a row of the encoder, where there is one. */
  readonly sourceTokens?: number;
  /** Room for supervised positions; from `rows · tokens` on, every position has a place and none is gathered. */
  readonly supervised: number;
  /** Room for documents in a row, where methods read of records; 1 by default. */
  readonly documents?: number;
  /** Room in further lists of the objective, by name. */
  readonly places?: Readonly<Record<string, number>>;
  /** Whether rows may hold several documents, so that the model must be told which. */
  readonly packed: boolean;
}

/** One batch on the host, ready to be fed. */
export interface MicroBatch {
  /**
   * Tensors by name. `weights` (float32) are among them: the loss is linear in them, and a runner scales them so that those
   * of a whole update add up to 1.
   */
  readonly feeds: Readonly<Record<string, HostTensor>>;
  /** The sum of `weights`: what the loss of an update is divided by. */
  readonly normalizer: number;
  /**
   * The sums of further weights, by the name of their feed: of auxiliary losses that are means over something else. A runner scales
   * each of them as it scales `weights`.
   */
  readonly further?: Readonly<Record<string, number>>;
  /** Positions in the batch that carry a loss. */
  readonly supervised: number;
  /** Tokens in the batch that are not padding. */
  readonly tokens: number;
}

/** What the losses of batches are divided by, by the name of the weights' feed; `weights` is the objective's own. */
export type Normalizers = Readonly<Record<string, number>>;

/** The normalizers of a batch. */
export function normalizersOf({ normalizer, further }: MicroBatch): Normalizers {
  return { weights: normalizer, ...further };
}

/** Numbers of the same names added up. */
export function addedUp(
  parts: readonly Readonly<Record<string, number>>[],
): Record<string, number> {
  const all: Record<string, number> = {};
  for (const part of parts)
    for (const [name, value] of Object.entries(part)) all[name] = (all[name] ?? 0) + value;
  return all;
}

/** Feeds of the tokens of a batch, and how many of them are not padding. */
export interface CollatedTokens {
  readonly feeds: Record<string, HostTensor>;
  readonly tokens: number;
}

/**
 * Puts the tokens of rows into one batch of static shape; places left over are padding (document 0), never told from text
 * by a token id. What methods read of records is fed as `input/<name>` `[rows · documents, size]`, a line for each document, zeros
 * where one is missing.
 *
 * @param rows at most `shape.rows` rows of at most `shape.tokens` tokens
 * @param segments whether document numbers are fed; without them a row is one document and padding, which it does not see
 * @returns `ids`, `positions` (`segmentIds`, and `virtualTokenIds`) `[rows, tokens]` int32, those of the encoder's rows under
 * `source/`
 */
export function collateTokens(
  rows: readonly Row[],
  shape: BatchShape,
  segments: boolean,
): CollatedTokens {
  const own = collateSequences(rows, [shape.rows, shape.tokens], segments);
  const inputs = collateInputs(rows, shape);
  if (shape.sourceTokens === undefined)
    return { feeds: { ...own.feeds, ...inputs }, tokens: own.tokens };
  const grid = [shape.rows, shape.sourceTokens] as const;
  const source = collateSequences(
    rows.flatMap((row) => row.source ?? []),
    grid,
    segments,
  );
  const named = Object.entries(source.feeds).map(([name, feed]) => [`source/${name}`, feed]);
  return {
    feeds: { ...own.feeds, ...Object.fromEntries(named), ...inputs },
    tokens: own.tokens + source.tokens,
  };
}

function collateSequences(
  rows: readonly TokenSequence[],
  grid: readonly [rows: number, tokens: number],
  segments: boolean,
): CollatedTokens {
  const size = grid[0] * grid[1];
  const ids = new Int32Array(size);
  const positions = new Int32Array(size);
  const segmentIds = segments ? new Int32Array(size) : undefined;
  const virtual = rows.some((row) => row.virtualTokenIds);
  const virtualTokenIds = virtual ? new Int32Array(size).fill(-1) : undefined;
  let tokens = 0;
  for (const [number, row] of rows.entries()) {
    const start = number * grid[1];
    ids.set(row.ids, start);
    positions.set(row.positions, start);
    segmentIds?.set(row.segmentIds, start);
    if (row.virtualTokenIds) virtualTokenIds?.set(row.virtualTokenIds, start);
    for (const document of row.segmentIds) if (document !== 0) tokens++;
  }
  return {
    tokens,
    feeds: {
      ids: integers(ids, grid),
      positions: integers(positions, grid),
      ...(segmentIds ? { segmentIds: integers(segmentIds, grid) } : {}),
      ...(virtualTokenIds ? { virtualTokenIds: integers(virtualTokenIds, grid) } : {}),
    },
  };
}

/** A line for each document of what methods read. */
function collateInputs(
  rows: readonly Row[],
  { rows: count, documents = 1 }: BatchShape,
): Record<string, HostTensor> {
  const first = rows[0]?.inputs ?? {};
  return Object.fromEntries(
    Object.entries(first).map(([name, { shape, dtype }]) => {
      const [, size = 1] = shape;
      const lines = count * documents;
      const data =
        dtype === 'int32' ? new Int32Array(lines * size) : new Float32Array(lines * size);
      for (const [number, row] of rows.entries())
        data.set(row.inputs![name]!.data, number * documents * size);
      return [recordInputFeed(name), { data, shape: [lines, size], dtype }];
    }),
  );
}

/** Feeds of the supervised positions of a batch. */
export interface CollatedTargets {
  readonly feeds: Record<string, HostTensor>;
  readonly supervised: number;
}

/**
 * Gathers the supervised positions of rows: those whose target is not −100.
 *
 * @returns `targets` `[supervised]` int32, `weights` `[supervised]` float32 (1, or 0 where nothing is left) and `supervised`
 * `[supervised]` int32, the flat positions (absent where every position has a place)
 */
export function collateTargets(rows: readonly Row[], shape: BatchShape): CollatedTargets {
  const size = shape.rows * shape.tokens;
  const room = Math.min(shape.supervised, size);
  const dense = room === size;
  const places = new Int32Array(room);
  const targets = new Int32Array(room);
  const weights = new Float32Array(room);
  let supervised = 0;
  for (const [number, row] of rows.entries()) {
    const start = number * shape.tokens;
    for (const [i, target] of row.targets!.entries()) {
      if (target === UNSUPERVISED) continue;
      const place = dense ? start + i : supervised;
      places[place] = start + i;
      targets[place] = target;
      weights[place] = 1;
      supervised++;
    }
  }
  return {
    supervised,
    feeds: {
      ...(dense ? {} : { supervised: integers(places) }),
      targets: integers(targets),
      weights: floats(weights),
    },
  };
}

/** Integers as a feed; a list where no shape is given. */
export function integers(data: Int32Array, shape: readonly number[] = [data.length]): HostTensor {
  return { data, shape, dtype: 'int32' };
}

/** Floats as a feed; a list where no shape is given. */
export function floats(data: Float32Array, shape: readonly number[] = [data.length]): HostTensor {
  return { data, shape, dtype: 'float32' };
}
