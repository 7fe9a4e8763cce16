import {
  TunesmithError,
  type DataRecord,
  type FilterVerdict,
  type JSONSchema,
  type ScoringModel,
} from '@tunesmith/schema';
import { batches } from '../score/scored.ts';
import { partOf, type RecordPart } from '../text-option.ts';

/** How many records are chosen. */
export interface HowMany {
  readonly count?: number;
  readonly share?: number;
}

/** The options for {@link HowMany}. */
export const howManyOptions: Readonly<Record<string, JSONSchema>> = {
  count: { type: 'integer', minimum: 1, description: 'How many records stay at most.' },
  share: {
    type: 'number',
    exclusiveMinimum: 0,
    maximum: 1,
    description: 'The same as a share of all records, in place of count.',
  },
};

/** Refuses both at once, or none where one is needed. @throws TunesmithError `invalid-filter` */
export function checkHowMany(filter: string, { count, share }: HowMany, isNeeded: boolean): void {
  const given = [count, share].filter((one) => one !== undefined).length;
  if (given === 1 || (given === 0 && !isNeeded)) return;
  throw new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'invalid-filter',
    message: `data filter ${filter}: ${given === 0 ? 'neither count nor share is given' : 'count and share are given'}`,
    value: { count, share },
    accepted: 'count or share',
  });
}

/** The number that is meant, of so many records; all of them where nothing is said. */
export function numberOf({ count, share = 1 }: HowMany, records: number): number {
  return count ?? Math.ceil(share * records);
}

/** All records, and those among them that have a text, with its vector. */
export interface Embedded {
  readonly records: DataRecord[];
  /** Places in `records`. */
  readonly places: number[];
  readonly vectors: Float32Array[];
}

/** Reads all records, and has a model turn their texts into vectors. */
export async function embedAll(
  records: AsyncIterable<DataRecord>,
  model: ScoringModel,
  of: RecordPart,
): Promise<Embedded> {
  const found: Embedded = { records: [], places: [], vectors: [] };
  for await (const batch of batches(records)) {
    const texts: string[] = [];
    for (const record of batch) {
      const text = partOf(record, of)?.trim() ?? '';
      const place = found.records.push(record) - 1;
      if (text === '') continue;
      texts.push(text);
      found.places.push(place);
    }
    if (texts.length > 0) found.vectors.push(...(await model.embeddings(texts)));
  }
  return found;
}

/**
 * Verdicts over all records, in their order: those that are chosen stay, the others leave.
 *
 * @param chosen numbers of vectors
 */
export function* verdictsOf(
  { records, places }: Embedded,
  chosen: Iterable<number>,
  reason: string,
): Generator<FilterVerdict> {
  const staying = new Set([...chosen].map((vector) => places[vector]!));
  const known = new Set(places);
  for (const [place, record] of records.entries()) {
    if (staying.has(place)) yield { record };
    else yield { record, dropped: known.has(place) ? reason : 'no text to compare' };
  }
}
