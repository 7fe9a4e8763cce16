import { sfc32 } from '@tunesmith/schema';
import type { LinearSite } from '@tunesmith/models';
import { qr } from '../linear-algebra/qr.ts';
import { balancedFactors, randomizedSvd, svd } from '../linear-algebra/svd.ts';
import { factorStarts } from './factors.ts';
import type { Size, Start } from './start.ts';

/**
 * PiSSA: `s · B A` is the part of W with its r largest singular values, each factor taking their roots:
 * `A = √(S / s) Vᵀ`, `B = U √(S / s)`. The main directions train, and the rest stays.
 *
 * @param iterations rounds of a fast approximate decomposition; null for the exact one
 * @see Meng et al., PiSSA: Principal Singular Values and Singular Vectors Adaptation of Large Language Models, 2024
 */
export function pissaStart(
  site: LinearSite,
  { rank, scaling }: Size,
  iterations: number | null,
): Start {
  const starts = factorStarts(site, (weight) => {
    // The projection is the same for every seed, so that the start follows from the weight alone.
    const found =
      iterations === null
        ? svd(weight, rank)
        : randomizedSvd(weight, rank, iterations, sfc32(0, `pissa ${site.name}`));
    return balancedFactors(found, rank, scaling);
  });
  return { ...starts, movesBase: true };
}

/**
 * OLoRA: B is the first r columns of Q and A the first r rows of R in `W = Q R`; B's columns are orthonormal.
 *
 * @see Büyükakyüz, OLoRA: Orthonormal Low-Rank Adaptation of Large Language Models, 2024
 */
export function oloraStart(site: LinearSite, { rank }: Size): Start {
  const starts = factorStarts(site, (weight) => {
    const { q, r } = qr(weight, rank);
    return { a: r, b: q };
  });
  return { ...starts, movesBase: true };
}
