/** Multipliers and shifts of the hash, in order: shift, multiply, shift, multiply, shift. */
export const MIX = { shifts: [16, 15, 16], multipliers: [0x7feb352d, 0x846ca68b] } as const;

/** An invertible 32-bit hash; returns an unsigned integer. */
export function mix(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> MIX.shifts[0]), MIX.multipliers[0]);
  x = Math.imul(x ^ (x >>> MIX.shifts[1]), MIX.multipliers[1]);
  return (x ^ (x >>> MIX.shifts[2])) >>> 0;
}

const counters = new Map<number, Int32Array>();

/** `mix(i)` for i < n as 32-bit patterns; one array per length, so that graphs share it as a constant. */
export function mixedCounters(n: number): Int32Array {
  const known = counters.get(n) ?? Int32Array.from({ length: n }, (_, i) => mix(i));
  counters.set(n, known);
  return known;
}
