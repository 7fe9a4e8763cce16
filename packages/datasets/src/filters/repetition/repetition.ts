import type { DataFilter, JSONSchema } from '@tunesmith/schema';
import { judgeEach } from '../judge-each.ts';
import { ofSchema, partOf, type RecordPart } from '../text-option.ts';
import { completed } from '../completed.ts';
import { duplicateShare, repetitionShares, topShare } from './shares.ts';

/** The most that Rae et al. let pass, table A1. */
const limits = {
  lines: 0.3,
  line_characters: 0.2,
  paragraphs: 0.3,
  paragraph_characters: 0.2,
  top_2: 0.2,
  top_3: 0.18,
  top_4: 0.16,
  duplicate_5: 0.15,
  duplicate_6: 0.14,
  duplicate_7: 0.13,
  duplicate_8: 0.12,
  duplicate_9: 0.11,
  duplicate_10: 0.1,
} as const;

type RepetitionOptions = Readonly<Record<keyof typeof limits, number>> & {
  readonly of: RecordPart;
  readonly least_words: number;
};

const described = (name: keyof typeof limits): string => {
  const [kind, size] = name.split('_') as [string, string?];
  if (kind === 'top') return `The share of characters in the most frequent run of ${size} words.`;
  if (kind === 'duplicate')
    return `The share of characters in runs of ${size} words that stood before.`;
  return size === undefined
    ? `The share of ${kind} that stood before.`
    : `The share of characters in ${kind}s that stood before.`;
};

const limitOption = (name: keyof typeof limits): JSONSchema => ({
  type: 'number',
  minimum: 0,
  maximum: 1,
  default: limits[name],
  description: described(name),
});

/**
 * Drops texts that repeat themselves: lines, paragraphs and runs of words, each share with a limit; 1 lets all pass.
 *
 * Rae et al., Scaling Language Models: Methods, Analysis & Insights from Training Gopher (2021), table A1. Words stand between white
 * space. Texts of few words, as most answers are, repeat a run by being short: they are let pass.
 */
export const repetition: DataFilter = {
  specVersion: 2,
  name: 'repetition',
  description: 'Drops texts that repeat themselves, by the limits of Gopher.',
  reference: {
    title: 'Scaling Language Models: Methods, Analysis & Insights from Training Gopher',
    authors: 'Rae et al.',
    year: 2021,
    url: 'https://arxiv.org/abs/2112.11446',
  },
  options: {
    type: 'object',
    properties: {
      of: { ...ofSchema, default: 'answer' },
      least_words: {
        type: 'integer',
        minimum: 0,
        default: 20,
        description: 'Texts of fewer words pass.',
      },
      ...Object.fromEntries(
        Object.keys(limits).map((name) => [name, limitOption(name as keyof typeof limits)]),
      ),
    },
    additionalProperties: false,
  },
  judge: judgeEach((given: unknown) => {
    const options = completed<RepetitionOptions>(repetition, given);
    return (record) => {
      const text = partOf(record, options.of);
      const words = text?.match(/\S+/gu) ?? [];
      if (text === undefined || words.length < options.least_words) return undefined;
      const shares = repetitionShares(text);
      const found = [
        ['repeated lines', shares.lines, options.lines],
        ['repeated lines', shares.lineCharacters, options.line_characters],
        ['repeated paragraphs', shares.paragraphs, options.paragraphs],
        ['repeated paragraphs', shares.paragraphCharacters, options.paragraph_characters],
      ] as const;
      const over = found.find(([, share, limit]) => share > limit);
      if (over) return { dropped: over[0], detail: { share: over[1] } };
      for (const size of [2, 3, 4] as const) {
        const share = topShare(words, size);
        if (share > options[`top_${size}`])
          return { dropped: `one run of ${size} words throughout`, detail: { share } };
      }
      for (const size of [5, 6, 7, 8, 9, 10] as const) {
        const share = duplicateShare(words, size);
        if (share > options[`duplicate_${size}`])
          return { dropped: `repeated runs of ${size} words`, detail: { share } };
      }
      return undefined;
    };
  }),
};
