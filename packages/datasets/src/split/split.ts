import { stableFraction, TunesmithError, showValue } from '@tunesmith/schema';

/**
 * The split that a key belongs to, by a hash of the key alone: the same key always falls in the same
 * split, whatever else the data holds. Give rows about one thing one key, and nothing leaks.
 *
 * @param key what the row is about
 * @param shares share of each split, summing to 1, in a fixed order: `{ train: 0.9, heldout: 0.1 }`
 * @param salt changes the assignment as a whole, as a seed does
 * @throws TunesmithError `invalid-split` where shares are negative or do not sum to 1
 */
export function splitOf(key: string, shares: Readonly<Record<string, number>>, salt = ''): string {
  const names = Object.keys(shares);
  const total = names.reduce((sum, name) => sum + shares[name]!, 0);
  if (names.some((name) => !(shares[name]! >= 0)) || Math.abs(total - 1) > 1e-9) {
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'invalid-split',
      message: `shares ${showValue(shares)} sum to ${total}`,
      value: shares,
      accepted: 'shares of at least 0 that sum to 1',
    });
  }
  let fraction = stableFraction(key, salt);
  return (
    names.find((name) => (fraction -= shares[name]!) < 0) ??
    names.findLast((name) => shares[name]! > 0)!
  );
}
