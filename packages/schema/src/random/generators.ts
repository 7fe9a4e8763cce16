import { hashText } from './hash.ts';

/**
 * A source of uniform numbers in [0, 1).
 *
 * The generators of this file stand beside {@link createRandom} because results hang on their numbers: initial values, sampled
 * answers, intervals. What begins anew takes `createRandom`.
 */
export type RandomSource = () => number;

/**
 * `xoshiro128**` (Blackman and Vigna, 2018), its state filled by splitmix32: 32 bits a number. Initial weights of models and
 * sampled tokens come from it.
 *
 * @param seed any integer; the same seed and stream give the same numbers on every machine
 * @param stream a name that makes the source independent of others with the same seed
 */
export function xoshiro128(seed: number, stream = ''): RandomSource {
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

/**
 * `sfc32` (Doty-Humphrey's Small Fast Counter): 53 bits a number. Initial values of adapters come from it.
 *
 * @param seed any integer
 * @param label different labels give unrelated sequences
 */
export function sfc32(seed: number, label: string): RandomSource {
  let a = hashText(label);
  let b = hashText(label, a ^ 0x9e3779b9);
  let c = hashText(String(seed));
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  // The first outputs still show the pattern of the seed.
  for (let i = 0; i < 16; i += 1) next();
  return () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
}

/**
 * `mulberry32` (Tommy Ettinger): 32 bits a number, and a state of one integer. The bootstrap's draws come from it.
 *
 * @param seed any integer
 */
export function mulberry32(seed: number): RandomSource {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
