import { createHash } from 'node:crypto';
import { isTokenized, type DataRecord } from '@tunesmith/schema';
import { textOf } from '../text-of.ts';
import type { RecordFilter } from './filter.ts';

/** What makes two records the same: every character, or the words whatever their case, marks and spacing. */
export type Sameness = 'exact' | 'normalised';

/**
 * Drops records that were there before; the first one stays.
 *
 * @param options what counts as equal
 * @param options.compare `exact`, or `normalised`: Unicode NFKC, lower case, letters and digits only
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
        if (seen.has(key))
          return compare === 'exact' ? 'duplicate' : 'duplicate but for case, marks or spacing';
        seen.add(key);
        return undefined;
      };
    },
  };
}

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
  return createHash('sha256').update(content).digest('base64').slice(0, 22);
}

function contentOf(record: DataRecord, compare: Sameness, by: 'record' | 'prompt'): unknown {
  if (isTokenized(record)) return [record.input_ids, by === 'record' ? record.labels : []];
  const { prompt, answer } = textOf(record)!;
  const texts = by === 'record' ? [prompt, answer] : [prompt];
  return compare === 'exact' ? texts : texts.map(normalise);
}

/** Unicode NFKC, lower case, runs of anything but letters and digits as one space. */
export function normalise(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}
