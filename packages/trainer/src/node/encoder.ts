import type { DataRecord, GrowingList } from '@tunesmith/schema';
import { packEncodings, unpackEncoding, type EncodingBlock } from '../data/encoding-block.ts';
import {
  encodeRecord,
  type EncodedRecord,
  type Encoding,
  type RecordEncoder,
} from '../data/encoding.ts';
import type { Objective } from '../objectives/objective.ts';
import type { EncodingThreads } from './encoding-threads.ts';
import type { TokenShard, TokenShards } from './token-shards.ts';

/** Records that are tokenized together, and make one shard. */
const groupSize = 1000;

/** Where examples are made, and where they are kept. */
export interface EncoderOptions {
  readonly objective: Pick<Objective, 'tokenize'>;
  /** Threads that make them; this one where it is left out. */
  readonly threads?: EncodingThreads;
  /** Where they are kept, and found again. */
  readonly shards?: TokenShards;
  /** Where they are kept where there are no shards; in memory by default. */
  readonly kept?: GrowingList<Encoding>;
  /** Hears of each group, and whether it was found. */
  readonly onGroup?: (group: { readonly records: number; readonly found: boolean }) => void;
}

/**
 * Makes examples of records a thousand at a time, in threads and into shards where there are such. A shard that is there is not
 * made again, so an interrupted job goes on where it was, and one with more records begins after those it knows. With shards an
 * example takes no memory: it is read when its row is.
 */
export function createEncoder({
  objective,
  threads,
  shards,
  kept = [],
  onGroup,
}: EncoderOptions): RecordEncoder {
  const groups: TokenShard[] = [];
  const blockOf = async (records: readonly DataRecord[]): Promise<EncodingBlock> =>
    threads
      ? threads.encode(records)
      : packEncodings(records.map((record) => encodeRecord(record, objective)));
  const encodeGroup = async (
    records: readonly DataRecord[],
    group: number,
  ): Promise<EncodedRecord[]> => {
    const key = shards?.keyOf(records) ?? '';
    const known = shards?.find(key);
    if (known) {
      groups[group] = known;
      onGroup?.({ records: records.length, found: true });
      return records.map((record, i) => {
        return { record, encoding: known.read(i), place: group * groupSize + i };
      });
    }
    const block = await blockOf(records);
    onGroup?.({ records: records.length, found: false });
    const encodings = records.map((_, i) =>
      unpackEncoding(block.bytes.subarray(block.offsets[i], block.offsets[i + 1])),
    );
    if (shards) groups[group] = await shards.write(key, block);
    return records.map((record, i) => {
      const encoding = encodings[i]!;
      if (shards) return { record, encoding, place: group * groupSize + i };
      kept.push(encoding);
      return { record, encoding, place: kept.length - 1 };
    });
  };
  return {
    async *encode(records) {
      const ahead = threads ? 2 * threads.threads : 1;
      const pending: Promise<EncodedRecord[]>[] = [];
      // An encoder may be given records several times; a place is never used twice.
      let number = groups.length;
      for await (const group of inGroups(records)) {
        const made = encodeGroup(group, number++);
        // It is awaited in its turn; until then its failure is nobody's.
        made.catch(() => {});
        pending.push(made);
        if (pending.length >= ahead) yield* await pending.shift()!;
      }
      for (const made of pending) yield* await made;
    },
    at: (place) =>
      shards ? groups[Math.floor(place / groupSize)]!.read(place % groupSize) : kept.at(place)!,
  };
}

async function* inGroups(
  records: Iterable<DataRecord> | AsyncIterable<DataRecord>,
): AsyncGenerator<DataRecord[]> {
  let group: DataRecord[] = [];
  for await (const record of records) {
    group.push(record);
    if (group.length < groupSize) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
