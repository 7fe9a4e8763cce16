import { mulberry32 } from '@tunesmith/schema';
import type { Estimate } from './intervals.ts';

/** How a bootstrap draws. */
export interface BootstrapOptions {
  /** Resamples; 2,000 by default. */
  resamples?: number;
  /** Seed of the draws; 0 by default. */
  seed?: number;
}

/**
 * An estimate with its percentile bootstrap interval: `statistic` on `resamples` draws of n indices with replacement,
 * between the 2.5 % and 97.5 % quantiles.
 *
 * Paired quantities (before and after on the same instances) stay paired, because the draw is over indices.
 *
 * @param n number of instances, at least 1
 * @param statistic the quantity, given the indices of the instances drawn
 * @see Efron 1979, https://doi.org/10.1214/aos/1176344552; Koehn 2004 for paired differences, https://aclanthology.org/W04-3250
 */
export function bootstrapInterval(
  n: number,
  statistic: (indices: Uint32Array) => number,
  { resamples = 2000, seed = 0 }: BootstrapOptions = {},
): Estimate {
  const random = mulberry32(seed);
  const indices = Uint32Array.from({ length: n }, (_, index) => index);
  const value = statistic(indices);
  const draws = Float64Array.from({ length: resamples }, () => {
    for (let i = 0; i < n; i++) indices[i] = Math.floor(random() * n);
    return statistic(indices);
  }).sort();
  return { value, low: quantile(draws, 0.025), high: quantile(draws, 0.975), n };
}

/** Linear interpolation between the two nearest order statistics. */
function quantile(sorted: Float64Array, p: number): number {
  const position = p * (sorted.length - 1);
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}
