const size = 624;
const middle = 397;

/**
 * Uniform numbers as torch draws them on a processor: the Mersenne Twister MT19937 seeded with one 32-bit number, of each output the
 * lower 24 bits as a fraction. `uniform(low, high)` is `tensor.uniform_` with a generator of that seed, element after element.
 *
 * @param seed 0 … 2³² − 1
 * @see Matsumoto and Nishimura, Mersenne Twister: A 623-Dimensionally Equidistributed Uniform Pseudo-Random Number Generator, 1998
 */
export function torchRandom(seed: number): { uniform(low: number, high: number): number } {
  const state = new Uint32Array(size);
  state[0] = seed;
  for (let i = 1; i < size; i += 1) {
    const before = state[i - 1]! ^ (state[i - 1]! >>> 30);
    state[i] = Math.imul(before, 1812433253) + i;
  }
  let next = size;
  const refill = (): void => {
    for (let i = 0; i < size; i += 1) {
      const joined = (state[i]! & 0x80000000) | (state[(i + 1) % size]! & 0x7fffffff);
      state[i] = state[(i + middle) % size]! ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
    }
    next = 0;
  };
  const draw = (): number => {
    if (next === size) refill();
    let y = state[next]!;
    next += 1;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
  return {
    uniform: (low, high) => ((draw() & 0xffffff) / 0x1000000) * (high - low) + low,
  };
}
