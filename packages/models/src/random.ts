/** A source of uniform numbers in [0, 1) with 32 bits each. */
export type RandomSource = () => number;

/** 32-bit hash of a text (FNV-1a), to derive independent streams from names. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * A seeded random source: xoshiro128** (Blackman and Vigna, 2018), its state filled by splitmix32.
 *
 * @param seed any integer; the same seed and stream give the same numbers on every machine
 * @param stream a name that makes the source independent of others with the same seed
 */
export function createRandom(seed: number, stream = ''): RandomSource {
  let fill = (seed ^ Math.imul(hashText(stream), 0x9e3779b9)) >>> 0;
  const state = Uint32Array.from({ length: 4 }, () => {
    fill = (fill + 0x9e3779b9) >>> 0;
    let mixed = fill;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  });
  const rotate = (value: number, by: number): number =>
    ((value << by) | (value >>> (32 - by))) >>> 0;
  return () => {
    const result = Math.imul(rotate(Math.imul(state[1]!, 5), 7), 9) >>> 0;
    const shifted = state[1]! << 9;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = rotate(state[3]!, 11);
    return result / 2 ** 32;
  };
}

/** Fills an array with normal numbers of mean 0 and standard deviation `std` (Box and Muller, 1958). */
export function fillNormal(target: Float32Array, std: number, random: RandomSource): void {
  for (let i = 0; i < target.length; i += 2) {
    const radius = std * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    target[i] = radius * Math.cos(angle);
    if (i + 1 < target.length) target[i + 1] = radius * Math.sin(angle);
  }
}
