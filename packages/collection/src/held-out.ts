import { stableFraction } from '@tunesmith/schema';

/** Share of the items kept for measuring: a task's `heldout` instances. */
export const heldOutShare = 0.15;

/**
 * Whether an item (a word, an emoji, …) is kept for measuring. The rule looks at the item alone, so
 * an item is held out of every task or of none, and no text about it leaks between the splits.
 *
 * @param item the item's own name; letter case does not matter
 */
export function isHeldOut(item: string): boolean {
  return stableFraction(item.toLowerCase(), '@tunesmith/collection') < heldOutShare;
}
