import type { DataFilter } from '@tunesmith/schema';
import { completed } from '../completed.ts';
import { ofSchema, partOf, type RecordPart } from '../text-option.ts';
import { createNearIndex, type NearOptions } from './near-index.ts';

type NearFilterOptions = Omit<NearOptions, 'seed'> & { readonly of: RecordPart };

/**
 * Drops records that are nearly those before, as {@link createNearIndex} finds them; the first of each group stays.
 *
 * Records go on as they come. One that is near to the first records of two groups is dropped, and noted: both had gone on by then.
 */
export const nearDuplicates: DataFilter = {
  specVersion: 2,
  name: 'near-duplicates',
  description: 'Drops records that are nearly those before, by MinHash and banded hashing.',
  reference: {
    title: 'On the resemblance and containment of documents',
    authors: 'Broder',
    year: 1997,
    url: 'https://doi.org/10.1109/SEQUEN.1997.666900',
  },
  options: {
    type: 'object',
    properties: {
      of: ofSchema,
      threshold: {
        type: 'number',
        exclusiveMinimum: 0,
        maximum: 1,
        default: 0.8,
        description: 'The share of shingles that two texts have in common from which one leaves.',
      },
      unit: {
        type: 'string',
        enum: ['word', 'character'],
        default: 'word',
        description: 'What shingles are made of; characters for scripts without spaces.',
      },
      size: {
        type: 'integer',
        minimum: 1,
        maximum: 64,
        default: 5,
        description: 'Words or characters of a shingle.',
      },
      permutations: {
        type: 'integer',
        minimum: 8,
        maximum: 1024,
        default: 128,
        description:
          'Values of a signature at most; more find more of the pairs near the threshold.',
      },
      verify: {
        type: 'boolean',
        default: true,
        description:
          'Whether candidates are compared shingle by shingle, so that none leaves below the threshold.',
      },
    },
    additionalProperties: false,
  },
  async *judge(records, { seed }, options) {
    const { of, ...how } = completed<NearFilterOptions>(nearDuplicates, options);
    const index = createNearIndex({ ...how, seed });
    const ids: string[] = [];
    for await (const record of records) {
      const text = partOf(record, of) ?? '';
      const row = ids.push(record.id) - 1;
      const { first, nearest, joined } = index.add(text);
      if (first === row) {
        yield { record };
        continue;
      }
      const similar = nearest ? { nearest: ids[nearest.row], similarity: nearest.similarity } : {};
      const between =
        joined > 1 ? { noted: ['near to several groups whose first records stay'] } : {};
      yield {
        record,
        dropped: 'near-duplicate',
        detail: { first: ids[first], ...similar },
        ...between,
      };
    }
  },
};
