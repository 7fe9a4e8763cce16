import { stableHash } from '@tunesmith/schema';
import { type AnnotatedRow } from '@tunesmith/datasets';
import { heldOutShare, isHeldOut } from './held-out.ts';

/** Items in an order that a hash of their key fixes: random-looking, and the same everywhere. */
export function inHashOrder<Item>(items: readonly Item[], key: (item: Item) => string): Item[] {
  return items
    .map((item) => ({ item, hash: stableHash(key(item), 'order') }))
    .toSorted((left, right) => left.hash - right.hash)
    .map(({ item }) => item);
}

/**
 * The same number of rows for each answer: that of the rarest answer, or `most` if that is less. The
 * first rows of each answer stay, so put the better ones first.
 */
export function balanced(rows: readonly AnnotatedRow[], most: number): AnnotatedRow[] {
  const counts = new Map<string, number>();
  for (const { fields } of rows) counts.set(fields.answer, (counts.get(fields.answer) ?? 0) + 1);
  const each = Math.min(most, ...counts.values());
  const taken = new Map<string, number>();
  return rows.filter(({ fields }) => {
    const count = (taken.get(fields.answer) ?? 0) + 1;
    taken.set(fields.answer, count);
    return count <= each;
  });
}

/**
 * {@link balanced} within each split: up to `most` rows for each answer in training, and in the same
 * proportion in what is held out, so that majority and chance are equal in both.
 */
export function balancedSplits(rows: readonly AnnotatedRow[], most: number): AnnotatedRow[] {
  const heldOutMost = Math.ceil((most * heldOutShare) / (1 - heldOutShare));
  return [
    ...balanced(
      rows.filter(({ item }) => !isHeldOut(item)),
      most,
    ),
    ...balanced(
      rows.filter(({ item }) => isHeldOut(item)),
      heldOutMost,
    ),
  ];
}

/** The first row of each item; later ones about the same item are left out. */
export function onePerItem(rows: readonly AnnotatedRow[]): AnnotatedRow[] {
  const seen = new Set<string>();
  return rows.filter(({ item }) => !seen.has(item) && seen.add(item) !== undefined);
}
