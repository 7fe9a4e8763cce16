import { powerOfTwo } from '../language-model/buckets.ts';
import type { ModelSpec } from '../model.ts';
import { ringOf } from './rings.ts';

/** Texts written side by side, and the tokens that their caches hold together, are bounded by these. */
const mostTexts = 16;
const mostTokens = 16_384;
const smallestCache = 64;

/** Columns of a cache for so many tokens. */
export function columnsFor(tokens: number): number {
  return powerOfTwo(tokens, smallestCache);
}

/** How many texts are written side by side whose caches have so many columns. */
export function textsTogether(capacity: number): number {
  return Math.max(1, Math.min(mostTexts, Math.floor(mostTokens / capacity)));
}

/**
 * Which rows go on where some texts have ended: the open ones, and so many others that their number is a power of two, so that
 * few numbers of rows are compiled for. Undefined where that leaves no row out.
 */
export function stillOpen(open: readonly boolean[]): number[] | undefined {
  const rows = [...open.keys()].toSorted((one, other) => Number(open[other]) - Number(open[one]));
  const count = powerOfTwo(open.filter(Boolean).length, 1);
  return count < open.length ? rows.slice(0, count) : undefined;
}

/**
 * Bytes of the keys and values that decoding holds at most, in float32: those of all texts written side by side, once as they
 * go into a call and once as they come out of it.
 */
export function decodingBytes(
  spec: Pick<ModelSpec, 'caches'>,
  {
    texts,
    tokens,
    source = 0,
  }: {
    /** How many texts there are to write. */
    readonly texts: number;
    /** How many tokens of each a cache holds, its prompt included. */
    readonly tokens: number;
    /** Tokens of the source that cross attention holds besides. */
    readonly source?: number;
  },
): number {
  const capacity = columnsFor(tokens);
  const together = Math.min(texts, textsTogether(capacity));
  const row = spec.caches.reduce((sum, cache) => {
    const [kvHeads, headDim] = cache.shape;
    const columns = cache.holds === 'source' ? source : (ringOf(cache, capacity) ?? capacity);
    return sum + 2 * kvHeads * headDim * 4 * columns;
  }, 0);
  return 2 * together * row;
}
