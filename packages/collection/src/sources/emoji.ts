import { packageText } from './package-texts.ts';

/** An emoji, named in one language. */
export interface Emoji {
  /** Code points, such as `1F9AE`: the same in every language. */
  readonly hexcode: string;
  readonly label: string;
  readonly tags: readonly string[];
  /** Names of its group and subgroup, such as `food-drink` and `food-fruit`; absent for letters. */
  readonly group?: string;
  readonly subgroup?: string;
}

interface RawEmoji {
  hexcode: string;
  label: string;
  tags?: string[];
  group?: number;
  subgroup?: number;
}

interface GroupNames {
  groups: Record<string, string>;
  subgroups: Record<string, string>;
}

const loaded = new Map<string, readonly Emoji[]>();

/**
 * Every emoji with its name in a language, in the Unicode order, read once and kept.
 *
 * @param locale such as `en` or `pt`
 * @see emojibase-data; names are those of Unicode CLDR
 */
export function emoji(locale: string): readonly Emoji[] {
  let list = loaded.get(locale);
  if (!list) {
    const { groups, subgroups } = JSON.parse(
      packageText('emojibase-data/meta/groups.json'),
    ) as GroupNames;
    const raw = JSON.parse(packageText(`emojibase-data/${locale}/data.json`)) as RawEmoji[];
    list = raw.map(({ hexcode, label, tags = [], group, subgroup }) => ({
      hexcode,
      label,
      tags,
      ...(group === undefined ? {} : { group: groups[group]! }),
      ...(subgroup === undefined ? {} : { subgroup: subgroups[subgroup]! }),
    }));
    loaded.set(locale, list);
  }
  return list;
}
