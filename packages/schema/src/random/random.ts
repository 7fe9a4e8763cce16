import { stableHash } from './hash.ts';

/** A seeded source of random numbers whose state is one integer, so that it can be stored and resumed. */
export interface Random {
  /** The next number in [0, 1), with 32 random bits. */
  next(): number;
  /** The next integer in [0, bound). */
  integer(bound: number): number;
  /** How many numbers were drawn so far. */
  readonly drawn: number;
}

/**
 * A counter-based generator: number `k` is the MurmurHash3 mix of `seed + k · 0x9e3779b9`, twice.
 * Any position is reached at once, so skipping costs nothing.
 *
 * @param seed any integer; numbers far apart or near each other give unrelated streams
 * @param stream a name, so that one seed serves several purposes
 * @param drawn position to start from: numbers drawn before
 */
export function createRandom(seed: number, stream = '', drawn = 0): Random {
  const key = stableHash(`${seed}`, stream);
  let position = drawn;
  const next = (): number => {
    position += 1;
    return mix(mix((key + Math.imul(position, 0x9e3779b9)) | 0) ^ position) / 0x1_0000_0000;
  };
  return {
    next,
    integer: (bound) => Math.floor(next() * bound),
    get drawn() {
      return position;
    },
  };
}

function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
