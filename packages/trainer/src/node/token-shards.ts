import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TunesmithError, type DataRecord } from '@tunesmith/schema';
import { writeFileAtomically } from '@tunesmith/schema/node';
import { unpackEncoding, type EncodingBlock } from '../data/encoding-block.ts';
import type { Encoding } from '../data/encoding.ts';

/** First bytes of a shard, and the version of its layout. */
const magic = 'TSTK';
const version = 1;
const headerBytes = 16;

/** Files that are kept open at once. */
const openFiles = 32;

/** A shard on disk. */
export interface TokenShard {
  /** Where each encoding begins in the file, and the end. */
  readonly offsets: Uint32Array;
  /** One encoding, read when asked for. */
  read(index: number): Encoding;
}

/** A folder of shards, each under a digest of what it was made of. */
export interface TokenShards {
  /** The name of the shard of some records. */
  keyOf(records: readonly DataRecord[]): string;
  /** A shard that is there, whole; undefined where there is none. */
  find(key: string): TokenShard | undefined;
  /** Writes a shard, whole or not at all. */
  write(key: string, block: EncodingBlock): Promise<TokenShard>;
  /** Closes what is open; shards may still be read, which opens them again. */
  close(): void;
}

/**
 * Tokenized records on disk. A shard is a file `<key>.tokens`: `TSTK`, the version, the number of encodings, and four bytes of
 * nothing; uint32 offsets of each and of the end, padded to eight bytes; the encodings as `packEncodings` lays them. Numbers are
 * in the byte order of the machine.
 *
 * The key is a digest of the records and of `settings`, so a shard is used again only for the same content made in the same
 * way; one that is damaged is made anew.
 *
 * @param directory the folder; made with the first shard
 * @param settings what tokens depend on besides the records: tokenizer, template, objective, lengths
 */
export function tokenShards(directory: string, settings: string): TokenShards {
  const files = new Map<string, number>();
  const pathOf = (key: string): string => join(directory, `${key}.tokens`);
  const fileOf = (path: string): number => {
    const open = files.get(path);
    if (open !== undefined) return open;
    const [oldest] = files;
    if (oldest && files.size >= openFiles) {
      closeSync(oldest[1]);
      files.delete(oldest[0]);
    }
    const file = openSync(path, 'r');
    files.set(path, file);
    return file;
  };
  const shardAt = (path: string, offsets: Uint32Array): TokenShard => ({
    offsets,
    read: (index) => {
      const bytes = new Uint8Array(offsets[index + 1]! - offsets[index]!);
      if (readSync(fileOf(path), bytes, 0, bytes.length, offsets[index]!) < bytes.length)
        throw shortened(path);
      return unpackEncoding(bytes);
    },
  });
  return {
    keyOf: (records) =>
      createHash('sha256')
        .update(settings)
        .update('\n')
        .update(JSON.stringify(records))
        .digest('hex'),
    find(key) {
      const path = pathOf(key);
      const offsets = readOffsets(path);
      return offsets && shardAt(path, offsets);
    },
    async write(key, block) {
      await mkdir(directory, { recursive: true });
      const path = pathOf(key);
      const offsets = await writeShard(path, block);
      return shardAt(path, offsets);
    },
    close() {
      for (const file of files.values()) closeSync(file);
      files.clear();
    },
  };
}

/** The offsets of a shard; undefined where the file is not there, is of another version, or is not whole. */
function readOffsets(path: string): Uint32Array | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (bytes.length < headerBytes || bytes.toString('latin1', 0, 4) !== magic) return undefined;
  const [foundVersion, count = 0] = new Uint32Array(
    bytes.buffer.slice(bytes.byteOffset + 4, bytes.byteOffset + 12),
  );
  const end = headerBytes + 4 * (count + 1);
  if (foundVersion !== version || bytes.length < end) return undefined;
  const offsets = new Uint32Array(
    bytes.buffer.slice(bytes.byteOffset + headerBytes, bytes.byteOffset + end),
  );
  return offsets.at(-1) === bytes.length ? offsets : undefined;
}

async function writeShard(path: string, { bytes, offsets }: EncodingBlock): Promise<Uint32Array> {
  const start = Math.ceil((headerBytes + 4 * offsets.length) / 8) * 8;
  const head = new Uint8Array(start);
  head.set(new TextEncoder().encode(magic));
  const placed = offsets.map((offset) => offset + start);
  new Uint32Array(head.buffer, 4, 2).set([version, offsets.length - 1]);
  new Uint32Array(head.buffer, headerBytes, placed.length).set(placed);
  await writeFileAtomically(path, Buffer.concat([head, bytes]));
  return placed;
}

function shortened(path: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'damaged-tokens',
    message: `${path} is shorter than it was when it was opened`,
    value: path,
    accepted: 'a folder of tokens that nothing else writes; remove the file, and it is made anew',
  });
}
