import {
  isConversation,
  isTokenized,
  sha256,
  type DataFilter,
  type DataRecord,
} from '@tunesmith/schema';
import { createKeySet } from '../read/key-set.ts';
import { textOf } from '../text-of.ts';
import { judgeEach } from './judge-each.ts';

/**
 * What makes two records the same: every character, every character but for runs of white space, or the words whatever
 * their case, marks and spacing.
 */
export type Sameness = 'exact' | 'spacing' | 'normalized';

/** Drops records that were there before; the first one stays. */
export const unique: DataFilter = {
  specVersion: 2,
  name: 'unique',
  description: 'Drops records that were there before; the first one stays.',
  options: {
    type: 'object',
    properties: {
      compare: {
        type: 'string',
        enum: ['exact', 'spacing', 'normalized'],
        default: 'exact',
        description:
          'What counts as equal: every character; all but runs of white space; or letters and digits alone, in NFKC and lower case.',
      },
      by: {
        type: 'string',
        enum: ['record', 'prompt'],
        default: 'record',
        description:
          'Whether the whole record is compared, or the prompt alone, so that one question keeps one answer.',
      },
    },
    additionalProperties: false,
  },
  judge: judgeEach(
    ({ compare = 'exact', by = 'record' }: { compare?: Sameness; by?: 'record' | 'prompt' }) => {
      const seen = createKeySet(4);
      return (record) => {
        const identity = identityOf(record, compare, by);
        const key = [0, 8, 16, 24].map((at) => Number.parseInt(identity.slice(at, at + 8), 16) | 0);
        return seen.add(key) ? undefined : reasons[compare];
      };
    },
  ),
};

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
