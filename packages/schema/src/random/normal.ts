import type { RandomSource } from './generators.ts';

/** Standard normal numbers by the transform of Box and Muller (1958), one of each pair. */
export function normalSource(uniform: RandomSource): RandomSource {
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  };
}

/** Fills an array with normal numbers of mean 0 and standard deviation `std`, both of each pair of Box and Muller's. */
export function fillNormal(target: Float32Array, std: number, uniform: RandomSource): void {
  for (let i = 0; i < target.length; i += 2) {
    const radius = std * Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    target[i] = radius * Math.cos(angle);
    if (i + 1 < target.length) target[i + 1] = radius * Math.sin(angle);
  }
}
