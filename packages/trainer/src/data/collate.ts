import type { HostTensor } from '@tunesmith/runtime';
import { UNSUPERVISED } from './rows.ts';
import type { Row } from './rows.ts';

/** The static shapes of a run's batches: one compiled step serves them all. */
export interface BatchShape {
  /** Rows in a batch. */
  readonly rows: number;
  /** Tokens in a row. */
  readonly tokens: number;
  /** Room for supervised positions; `rows · tokens` means every position has a place and none is gathered. */
  readonly supervised: number;
  /** Whether rows carry slots of virtual tokens. */
  readonly virtualTokenIds: boolean;
  /** Whether rows may hold several documents, so that the model must be told which. */
  readonly packed: boolean;
  /** NEFTune's `alpha / √width`, where embeddings are to be disturbed. */
  readonly noise?: number;
}

/** One batch on the host, ready to be fed. */
export interface MicroBatch {
  /**
   * `ids`, `positions` (`segmentIds` of packed rows, and `virtualTokenIds`) `[rows, tokens]` int32; `targets` `[supervised]` int32 and `weights`
   * `[supervised]` float32; `supervised` `[supervised]` int32, the flat positions of the targets (absent where every
   * position has a place); `noise` `[rows, tokens]` float32.
   */
  readonly feeds: Record<string, HostTensor>;
  /** Supervised tokens in the batch. */
  readonly supervised: number;
  /** Tokens in the batch that are not padding. */
  readonly tokens: number;
}

/**
 * Puts rows into one batch of static shape; places left over are padding (document 0, weight 0), never told from text by
 * a token id.
 *
 * @param rows at most `shape.rows` rows of at most `shape.tokens` tokens
 */
export function collate(rows: readonly Row[], shape: BatchShape): MicroBatch {
  const size = shape.rows * shape.tokens;
  const ids = new Int32Array(size);
  const positions = new Int32Array(size);
  const segmentIds = shape.packed ? new Int32Array(size) : undefined;
  const virtualTokenIds = shape.virtualTokenIds ? new Int32Array(size).fill(-1) : undefined;
  const noise = shape.noise === undefined ? undefined : new Float32Array(size);
  const dense = shape.supervised === size;
  const places = new Int32Array(shape.supervised);
  const targets = new Int32Array(shape.supervised);
  const weights = new Float32Array(shape.supervised);
  let supervised = 0;
  let tokens = 0;
  for (const [number, row] of rows.entries()) {
    const start = number * shape.tokens;
    ids.set(row.ids, start);
    positions.set(row.positions, start);
    segmentIds?.set(row.segmentIds, start);
    if (row.virtualTokenIds) virtualTokenIds?.set(row.virtualTokenIds, start);
    noise?.set(noiseScale(row, shape.noise!), start);
    for (let i = 0; i < row.ids.length; i++) {
      if (row.segmentIds[i] !== 0) tokens++;
      if (row.targets[i] === UNSUPERVISED) continue;
      const place = dense ? start + i : supervised;
      places[place] = start + i;
      targets[place] = row.targets[i]!;
      weights[place] = 1;
      supervised++;
    }
  }
  const int = (data: Int32Array, ...of: number[]): HostTensor => ({
    data,
    shape: of,
    dtype: 'int32',
  });
  const grid = [shape.rows, shape.tokens];
  return {
    supervised,
    tokens,
    feeds: {
      ids: int(ids, ...grid),
      positions: int(positions, ...grid),
      ...(segmentIds ? { segmentIds: int(segmentIds, ...grid) } : {}),
      ...(virtualTokenIds ? { virtualTokenIds: int(virtualTokenIds, ...grid) } : {}),
      ...(dense ? {} : { supervised: int(places, shape.supervised) }),
      targets: int(targets, shape.supervised),
      weights: { data: weights, shape: [shape.supervised], dtype: 'float32' },
      ...(noise ? { noise: { data: noise, shape: grid, dtype: 'float32' } } : {}),
    },
  };
}

/** NEFTune's amplitude for every position: `noise / √L`, L the document's own length; 0 on padding and virtual tokens. */
function noiseScale(row: Row, noise: number): Float32Array {
  const lengths = new Map<number, number>();
  const ordinary = (i: number): boolean =>
    row.segmentIds[i] !== 0 && (row.virtualTokenIds?.[i] ?? -1) < 0;
  row.segmentIds.forEach((document, i) => {
    if (ordinary(i)) lengths.set(document, (lengths.get(document) ?? 0) + 1);
  });
  return Float32Array.from(row.segmentIds, (document, i) =>
    ordinary(i) ? noise / Math.sqrt(lengths.get(document)!) : 0,
  );
}
