/** A sequence of uniform numbers in [0, 1) that depends on the seed and the label alone. */
export type RandomSource = () => number;

/** 32-bit FNV-1a hash of a string's UTF-16 units. */
export function hashText(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/**
 * Uniform numbers in [0, 1) with 53 random bits, from the `sfc32` generator (Doty-Humphrey's Small Fast Counter).
 * The same seed and label give the same sequence on every machine; different labels give unrelated sequences.
 */
export function randomSource(seed: number, label: string): RandomSource {
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

/** Standard normal numbers by the Box–Muller transform of a uniform source. */
export function normalSource(uniform: RandomSource): RandomSource {
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  };
}

/** `count` distinct whole numbers below `limit` in random order; with repeats only when `count > limit`. */
export function sampleIndices(count: number, limit: number, uniform: RandomSource): number[] {
  if (count > limit) return Array.from({ length: count }, () => Math.floor(uniform() * limit));
  const moved = new Map<number, number>();
  return Array.from({ length: count }, (_, i) => {
    const chosen = i + Math.floor(uniform() * (limit - i));
    const value = moved.get(chosen) ?? chosen;
    moved.set(chosen, moved.get(i) ?? i);
    return value;
  });
}
