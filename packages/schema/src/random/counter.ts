/**
 * A counter-based hash of up to three integers to 32 uniform bits (two rounds of the murmur3 finalizer per word).
 * The same arguments give the same bits in every process, so resuming needs no stored generator state.
 *
 * @param seed any integer
 * @param stream which use of randomness this is (row order, dropout, …)
 * @param counter the position in that stream
 */
export function hash32(seed: number, stream: number, counter: number): number {
  let h = 0x9e3779b9;
  for (const word of [seed, Math.floor(seed / 2 ** 32), stream, counter]) {
    h = Math.imul(h ^ (word | 0), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    h = Math.imul(h + 0x7f4a7c15, 0x846ca68b);
    h ^= h >>> 15;
  }
  return h >>> 0;
}

/**
 * An integer in `[0, limit)` by {@link hash32}, without modulo bias worth naming (multiply and take the high part of 53 bits).
 *
 * @param limit exclusive upper bound, at least 1
 */
export function integerBelow(limit: number, seed: number, stream: number, counter: number): number {
  const high = hash32(seed, stream, 2 * counter) >>> 5;
  const low = hash32(seed, stream, 2 * counter + 1) >>> 6;
  return Math.floor(((high * 2 ** 26 + low) / 2 ** 53) * limit);
}
