import type { Automaton } from './automaton.ts';
import type { TokenTrie } from './token-trie.ts';

/** Tokens that may come next, a bit for each id. */
export interface TokenMask {
  readonly bits: Uint32Array;
  readonly count: number;
  /** Most bytes that are needed to an end after one of them. */
  readonly furthest: number;
}

/** Masks that are kept. */
const mostMasks = 1024;

/** Takes away all tokens that are not in a mask: their scores become −∞. */
export function takeOthersAway(scores: Float32Array, { bits }: TokenMask): void {
  for (let from = 0; from < scores.length; from += 32) {
    const word = bits[from >>> 5] ?? 0;
    if (word === 0) scores.fill(Number.NEGATIVE_INFINITY, from, from + 32);
    else if (word !== 0xffffffff)
      for (let i = 0; i < 32; i++)
        if ((word & (1 << i)) === 0) scores[from + i] = Number.NEGATIVE_INFINITY;
  }
}

/** Which tokens may come next in states of an automaton. */
export interface TokenMasks {
  /** Those after which the text can still come to an end; kept, since states come again. */
  of(state: number): TokenMask;
  /** Those after which so few bytes are enough for an end. */
  within(state: number, bytes: number): TokenMask;
}

/**
 * Masks, found by walking tree and automaton together: what no text goes on with is left out with all that is below. The most
 * recent masks are kept.
 */
export function createTokenMasks(automaton: Automaton, trie: TokenTrie): TokenMasks {
  const { bytes, depths, after, firstId, ids, longest } = trie;
  const words = 1 + (ids.reduce((most, id) => Math.max(most, id), 0) >>> 5);
  const states = new Int32Array(longest + 1);
  const find = (state: number, most: number): TokenMask => {
    const bits = new Uint32Array(words);
    let count = 0;
    let furthest = 0;
    states[0] = state;
    for (let node = 0; node < bytes.length;) {
      const depth = depths[node]!;
      const next = automaton.step(states[depth - 1]!, bytes[node]!);
      if (next < 0) {
        node = after[node]!;
        continue;
      }
      states[depth] = next;
      const [from, to] = [firstId[node]!, tokensEnd(node)];
      if (from < to) {
        const least = automaton.least(next);
        if (least <= most) {
          furthest = Math.max(furthest, least);
          for (let i = from; i < to; i++) bits[ids[i]! >>> 5]! |= 1 << (ids[i]! & 31);
          count += to - from;
        }
      }
      node += 1;
    }
    return { bits, count, furthest };
  };
  const tokensEnd = (node: number): number => firstId[node + 1]!;

  const known = new Map<number, TokenMask>();
  return {
    of(state) {
      const mask = known.get(state) ?? find(state, Infinity);
      known.delete(state);
      known.set(state, mask);
      if (known.size > mostMasks) known.delete(known.keys().next().value!);
      return mask;
    },
    within: find,
  };
}
