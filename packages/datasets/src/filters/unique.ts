import { isConversation, isTokenized, sha256, type DataRecord } from '@tunesmith/schema';
import { textOf } from '../text-of.ts';
import type { RecordFilter } from './filter.ts';

/**
 * What makes two records the same: every character, every character but for runs of white space, or the words whatever
 * their case, marks and spacing.
 */
export type Sameness = 'exact' | 'spacing' | 'normalized';

/**
 * Drops records that were there before; the first one stays.
 *
 * @param options what counts as equal
 * @param options.compare `exact`; `spacing`: runs of white space as one; `normalized`: Unicode NFKC, lower case, letters
 * and digits only
 * @param options.by the whole record (the default), or the prompt alone, so that one question keeps one answer
 */
export function unique({
  compare = 'exact',
  by = 'record',
}: { compare?: Sameness; by?: 'record' | 'prompt' } = {}): RecordFilter {
  return {
    name: `unique ${by} (${compare})`,
    begin: () => {
      const seen = new Set<string>();
      return (record) => {
        const key = identityOf(record, compare, by);
        if (seen.has(key)) return reasons[compare];
        seen.add(key);
        return undefined;
      };
    },
  };
}

const reasons: Readonly<Record<Sameness, string>> = {
  exact: 'duplicate',
  spacing: 'duplicate but for spacing',
  normalized: 'duplicate but for case, marks or spacing',
};

/**
 * A short text that two records share exactly where they count as the same: 132 bits of SHA-256, so
 * that what was seen takes little memory however long the texts.
 */
export function identityOf(
  record: DataRecord,
  compare: Sameness,
  by: 'record' | 'prompt' = 'record',
): string {
  const content = JSON.stringify(contentOf(record, compare, by));
  return sha256(content).slice(0, 33);
}

function contentOf(record: DataRecord, compare: Sameness, by: 'record' | 'prompt'): unknown {
  if (isTokenized(record)) {
    const { input_ids: ids, labels } = record;
    return by === 'record' ? [ids, labels] : [ids.filter((_, index) => labels[index] === -100)];
  }
  const { prompt, answer } = textOf(record)!;
  const texts = (by === 'record' ? [prompt, answer] : [prompt]).map(texting[compare]);
  const worse = by === 'record' && record.rejected !== undefined ? [record.rejected] : [];
  const tools = isConversation(record) && record.tools ? [record.tools] : [];
  return [...texts, ...tools, ...worse];
}

const texting: Readonly<Record<Sameness, (text: string) => string>> = {
  exact: (text) => text,
  spacing: (text) => text.trim().replaceAll(/\s+/g, ' '),
  normalized: normalize,
};

/** Unicode NFKC, lower case, runs of anything but letters and digits as one space. */
export function normalize(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}
