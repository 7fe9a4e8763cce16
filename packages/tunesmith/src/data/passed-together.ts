import type { DataRecord, GrowingList, Listed } from '@tunesmith/schema';
import type { OpenList } from './lists.ts';

/**
 * What filters that see all entries together let pass, and up to where each entry's records stand there.
 *
 * @param upTo up to where they stand in what is given
 * @param how.passing the filters; they keep the order
 */
export async function passedTogether(
  given: Listed<DataRecord>,
  upTo: readonly number[],
  {
    passing,
    openList,
  }: {
    passing: (
      rows: Iterable<DataRecord>,
      onDrop: (record: DataRecord) => void,
    ) => AsyncIterable<DataRecord> | Iterable<DataRecord>;
    openList: OpenList;
  },
): Promise<[GrowingList<DataRecord>, number[]]> {
  // Of records that are within a filter. It may change all of them but their ids.
  const entryOf = new Map<string, number>();
  const noted = function* (): Generator<DataRecord> {
    let entry = 0;
    let place = 0;
    for (const record of given) {
      while (place >= upTo[entry]!) entry += 1;
      entryOf.set(record.id, entry);
      place += 1;
      yield record;
    }
  };
  const kept = openList<DataRecord>();
  const counts = upTo.map(() => 0);
  for await (const record of passing(noted(), ({ id }) => void entryOf.delete(id))) {
    counts[entryOf.get(record.id)!]! += 1;
    entryOf.delete(record.id);
    kept.push(record);
  }
  let sum = 0;
  return [kept, counts.map((count) => (sum += count))];
}
