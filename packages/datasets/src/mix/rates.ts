import { TunesmithError } from '@tunesmith/schema';

/** How much of each source a mixture takes. */
export type MixingStrategy =
  | {
      /** In proportion to the number of examples, each counted up to `maximum`, flattened by `temperature`. */
      readonly strategy: 'proportional';
      readonly maximum?: number;
      readonly scale?: number;
      readonly temperature?: number;
    }
  | { readonly strategy: 'equal' }
  | { readonly strategy: 'weights'; readonly weights: Readonly<Record<string, number>> };

/**
 * The rate of one source of `n` examples: `r = n · scale`, at most `maximum`, then `r^(1/T)`.
 * `T = 1` keeps proportions, a large `T` makes sources equal.
 *
 * @param n number of examples, at least 0
 * @param options how the number becomes a rate
 * @param options.scale factor, above 0; default 1
 * @param options.maximum cap, above 0; default none
 * @param options.temperature `T`, above 0; default 1
 * @see Raffel et al. 2020, Exploring the Limits of Transfer Learning, §3.5.2, https://arxiv.org/abs/1910.10683;
 * the order of cap and temperature is seqio's
 */
export function mixingRate(
  n: number,
  {
    scale = 1,
    maximum,
    temperature = 1,
  }: { scale?: number; maximum?: number; temperature?: number } = {},
): number {
  requireNumber('the number of examples', n, n >= 0, 'at least 0');
  requireNumber('scale', scale, scale > 0, 'above 0');
  requireNumber('maximum', maximum ?? 1, (maximum ?? 1) > 0, 'above 0');
  requireNumber('temperature', temperature, temperature > 0, 'above 0');
  const capped = Math.min(n * scale, maximum ?? Number.POSITIVE_INFINITY);
  return temperature === 1 ? capped : capped ** (1 / temperature);
}

/**
 * The share of each source in a mixture; shares sum to 1. A source without examples gets 0.
 *
 * @param sizes examples in each source, by name
 * @throws TunesmithError `invalid-mixture` where weights are missing, name no source, are negative, or all are 0
 */
export function mixingShares(
  sizes: Readonly<Record<string, number>>,
  strategy: MixingStrategy,
): Record<string, number> {
  const names = Object.keys(sizes);
  if (strategy.strategy === 'weights') checkWeights(strategy.weights, names);
  const rates = names.map((name) => {
    const size = sizes[name]!;
    if (strategy.strategy === 'weights') return size > 0 ? strategy.weights[name]! : 0;
    if (strategy.strategy === 'equal') return size > 0 ? 1 : 0;
    return mixingRate(size, strategy);
  });
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  if (total === 0)
    throw invalidMixture('every source is empty or has weight 0', 'at least one with examples');
  return Object.fromEntries(names.map((name, index) => [name, rates[index]! / total]));
}

function checkWeights(weights: Readonly<Record<string, number>>, names: readonly string[]): void {
  const stranger = Object.keys(weights).find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw invalidMixture(`a weight names "${stranger}", which is no source`, names);
  const missing = names.find((name) => weights[name] === undefined);
  if (missing !== undefined)
    throw invalidMixture(`source "${missing}" has no weight`, 'a weight for each source');
  for (const name of names)
    requireNumber(`the weight of "${name}"`, weights[name]!, weights[name]! >= 0, 'at least 0');
}

function requireNumber(what: string, value: number, fits: boolean, accepted: string): void {
  if (!fits || !Number.isFinite(value))
    throw invalidMixture(`${what} is ${value}`, `a number ${accepted}`);
}

function invalidMixture(message: string, accepted: string | readonly string[]): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'invalid-mixture',
    message,
    accepted,
  });
}
