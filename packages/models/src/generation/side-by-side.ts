import { powerOfTwo } from '../language-model/buckets.ts';
import type { ModelSpec } from '../model.ts';

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
 * Bytes of the keys and values that decoding holds at most, in float32: those of all texts written side by side, once as they
 * go into a call and once as they come out of it.
 *
 * @param need.texts how many texts there are to write
 * @param need.tokens how many tokens of each a cache holds, its prompt included
 * @param need.source tokens of the source that cross attention holds besides
 */
export function decodingBytes(
  spec: Pick<ModelSpec, 'caches'>,
  { texts, tokens, source = 0 }: { texts: number; tokens: number; source?: number },
): number {
  const capacity = columnsFor(tokens);
  const together = Math.min(texts, textsTogether(capacity));
  const row = spec.caches.reduce(
    (sum, { holds, shape: [kvHeads, headDim] }) =>
      sum + 2 * kvHeads * headDim * 4 * (holds === 'tokens' ? capacity : source),
    0,
  );
  return 2 * together * row;
}
