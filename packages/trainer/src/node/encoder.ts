import type { DataRecord } from '@tunesmith/schema';
import { packEncodings, unpackEncoding, type EncodingBlock } from '../data/encoding-block.ts';
import {
  encodeRecord,
  type EncodedRecord,
  type EncodeRecords,
  type Encoding,
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
  /** Where they are kept, and found again; in memory where it is left out. */
  readonly shards?: TokenShards;
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
  onGroup,
}: EncoderOptions): EncodeRecords {
  const blockOf = async (records: readonly DataRecord[]): Promise<EncodingBlock> =>
    threads
      ? threads.encode(records)
      : packEncodings(records.map((record) => encodeRecord(record, objective)));
  const encodeGroup = async (records: readonly DataRecord[]): Promise<EncodedRecord[]> => {
    const key = shards?.keyOf(records) ?? '';
    const known = shards?.find(key);
    if (known) {
      onGroup?.({ records: records.length, found: true });
      return records.map((record, i) => inShard(record, known.read(i), { shard: known, i }));
    }
    const block = await blockOf(records);
    onGroup?.({ records: records.length, found: false });
    const shard = await shards?.write(key, block);
    const encodings = records.map((_, i) =>
      unpackEncoding(block.bytes.subarray(block.offsets[i], block.offsets[i + 1])),
    );
    return records.map((record, i) => {
      const encoding = encodings[i]!;
      return shard ? inShard(record, encoding, { shard, i }) : inMemory(record, encoding);
    });
  };
  return async function* encode(records) {
    const ahead = threads ? 2 * threads.threads : 1;
    const pending: Promise<EncodedRecord[]>[] = [];
    for await (const group of inGroups(records)) {
      const made = encodeGroup(group);
      // It is awaited in its turn; until then its failure is nobody's.
      made.catch(() => {});
      pending.push(made);
      if (pending.length >= ahead) yield* await pending.shift()!;
    }
    for (const made of pending) yield* await made;
  };
}

/** What is loaded again holds on to nothing but the shard: a closure made above would keep the whole group. */
function inShard(
  record: DataRecord,
  encoding: Encoding,
  { shard, i }: { readonly shard: TokenShard; readonly i: number },
): EncodedRecord {
  return { record, encoding, load: () => shard.read(i).example! };
}

function inMemory(record: DataRecord, encoding: Encoding): EncodedRecord {
  return { record, encoding, load: () => encoding.example! };
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
