import { TunesmithError } from '@tunesmith/schema';

/**
 * The best score of a prediction over its references, the rule of every metric here.
 *
 * @throws TunesmithError `no-reference` if there is none to compare with
 */
export function bestReference(
  metric: string,
  references: readonly string[],
  score: (reference: string) => number,
): number {
  if (references.length === 0) {
    throw new TunesmithError({
      package: '@tunesmith/evaluation',
      code: 'no-reference',
      message: `metric "${metric}" was given no reference`,
      accepted: 'at least one',
    });
  }
  return Math.max(...references.map(score));
}
