import type { Place } from './expression.ts';
import { popFrom, pushOnto } from './heap.ts';

/** What two neighboring tokens become, and how early. */
export interface Merge {
  readonly rank: number;
  readonly id: number;
}

/** The key of two ids, each below 2^24. */
export function pairKey(left: number, right: number): number {
  return left * 2 ** 24 + right;
}

/** A heap of places to merge: the lowest rank first, of equals the leftmost. */
interface Candidate extends Merge {
  readonly at: number;
}

function before(one: Candidate, other: Candidate): boolean {
  return one.rank === other.rank ? one.at < other.at : one.rank < other.rank;
}

/**
 * Merges neighboring tokens, always the pair with the lowest rank, until no pair is left.
 *
 * Takes time in proportion to n log n: a text without words, as SentencePiece has it, may be one long word.
 *
 * @param places the places of the pieces, which become those of the tokens
 */
export function mergePieces(
  pieces: readonly number[],
  merges: ReadonlyMap<number, Merge>,
  places?: Place[],
): number[] {
  const ids: (number | undefined)[] = [...pieces];
  const count = ids.length;
  const next = Int32Array.from({ length: count }, (_, i) => i + 1);
  const previous = Int32Array.from({ length: count }, (_, i) => i - 1);
  const heap: Candidate[] = [];
  const mergeAt = (at: number): Merge | undefined => {
    if (at < 0 || next[at]! >= count) return undefined;
    return merges.get(pairKey(ids[at]!, ids[next[at]!]!));
  };
  const offer = (at: number): void => {
    const merge = mergeAt(at);
    if (merge) pushOnto(heap, { rank: merge.rank, id: merge.id, at }, before);
  };
  for (let at = 0; at + 1 < count; at++) offer(at);
  while (heap.length > 0) {
    const { at, id, rank } = popFrom(heap, before)!;
    if (ids[at] === undefined || mergeAt(at)?.rank !== rank) continue;
    const right = next[at]!;
    ids[at] = id;
    ids[right] = undefined;
    next[at] = next[right]!;
    if (next[at]! < count) previous[next[at]!] = at;
    offer(previous[at]!);
    offer(at);
  }
  if (places) {
    const merged = places.flatMap(([start], at): Place[] =>
      ids[at] === undefined ? [] : [[start, places[next[at]! - 1]![1]]],
    );
    places.splice(0, places.length, ...merged);
  }
  return ids.filter((id) => id !== undefined);
}
