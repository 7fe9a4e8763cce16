import type { AnnotatedRow } from '@tunesmith/datasets';
import { balancedSplits, inHashOrder } from '../order.ts';
import { emoji } from '../sources/emoji.ts';

const leftOut = ['flags', 'symbols', 'component'];

/**
 * Names of emoji in several languages, each with its language as the answer. All names of one emoji
 * are one item. Flags, symbols, names outside `length` and names that two of the languages (or two
 * emoji) share are left out.
 *
 * @param languages locale and the language's English name
 * @param length fewest and most characters of a name
 * @param each names in each language
 */
export function languageRows(
  languages: Readonly<Record<string, string>>,
  [shortest, longest]: readonly [number, number],
  each: number,
): AnnotatedRow[] {
  const candidates = Object.entries(languages).flatMap(([locale, answer]) =>
    emoji(locale)
      .filter(({ group }) => group !== undefined && !leftOut.includes(group))
      .filter(({ label }) => label.length >= shortest && label.length <= longest)
      .map(({ hexcode, label }) => ({
        item: hexcode,
        variant: locale,
        fields: { text: label, answer },
      })),
  );
  const counts = new Map<string, number>();
  for (const { fields } of candidates) {
    const key = fields.text.toLowerCase();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = candidates.filter(({ fields }) => counts.get(fields.text.toLowerCase()) === 1);
  const ordered = inHashOrder(rows, ({ item, variant }) => `${item} ${variant}`);
  return inHashOrder(balancedSplits(ordered, each), ({ item, variant }) => `${variant} ${item}`);
}
