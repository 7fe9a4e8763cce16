import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { createSha256, TunesmithError } from '@tunesmith/schema';
import type { Row, RowSource } from '../data/rows.ts';

/** Options of {@link openTokenStream}. */
export interface TokenStreamOptions {
  /** A file of token ids, little-endian, without header. */
  readonly path: string;
  /** Tokens in a row. */
  readonly tokens: number;
  /** Bytes of one id: 2 (vocabularies up to 65,536; the default) or 4. */
  readonly bytesPerToken?: 2 | 4;
  /** First token of the part to read, 0 by default; with `end`, a file can hold training and held-out text. */
  readonly start?: number;
  /** One past the last token of the part to read; the file's end by default. */
  readonly end?: number;
  /** Ends a document: tokens after it do not see those before it. Absent: a row is one document. */
  readonly separator?: number;
}

/**
 * Rows of raw text for pretraining, read from disk as they are needed: row r holds tokens `[r·n, (r+1)·n)`, and every
 * position is supervised with the token that follows it. Tokens after the last whole row are left out (fewer than `n + 1`).
 *
 * @throws TunesmithError `invalid-token-stream` if the file does not hold one whole row or its size is no multiple of
 * the id's.
 */
export function openTokenStream(options: TokenStreamOptions): RowSource {
  const { path, tokens, bytesPerToken: width = 2, separator } = options;
  const file = openSync(path, 'r');
  const size = fstatSync(file).size;
  const start = options.start ?? 0;
  const end = Math.min(options.end ?? Infinity, Math.floor(size / width));
  const rows = Math.floor((end - start - 1) / tokens);
  if (size % width !== 0 || start < 0 || rows < 1) {
    closeSync(file);
    throw new TunesmithError({
      package: '@tunesmith/trainer',
      code: 'invalid-token-stream',
      message: `${path} has ${size} bytes, of which tokens ${start} to ${end} are to be read in rows of ${tokens}`,
      value: size,
      accepted: `a multiple of ${width} bytes with at least ${tokens + 1} tokens in that range`,
    });
  }
  const buffer = Buffer.alloc((tokens + 1) * width);
  return {
    rows,
    tokens,
    realTokens: rows * tokens,
    supervised: tokens,
    virtualTokens: 0,
    packed: separator !== undefined,
    row(index) {
      readFully(file, buffer, (start + index * tokens) * width);
      const ids = Int32Array.from({ length: tokens + 1 }, (_, i) =>
        buffer.readUIntLE(i * width, width),
      );
      return {
        ids: ids.slice(0, tokens),
        targets: ids.slice(1),
        ...splitDocuments(ids, tokens, separator),
      };
    },
    fingerprint: () => ({
      rows,
      tokensPerRow: tokens,
      sha256: digest(file, start * width, end * width),
    }),
    close: () => closeSync(file),
  };
}

function splitDocuments(
  ids: Int32Array,
  tokens: number,
  separator?: number,
): Pick<Row, 'segmentIds' | 'positions'> {
  const segmentIds = new Int32Array(tokens);
  const positions = new Int32Array(tokens);
  let document = 1;
  let first = 0;
  for (let i = 0; i < tokens; i++) {
    if (separator !== undefined && i > 0 && ids[i - 1] === separator) {
      document++;
      first = i;
    }
    segmentIds[i] = document;
    positions[i] = i - first;
  }
  return { segmentIds, positions };
}

/** Digest of the range: all of it up to 4 MiB, else its ends and 64 evenly spaced blocks, so that large files open fast. */
function digest(file: number, start: number, end: number): string {
  const block = 65_536;
  const hash = createSha256().update(`${start}-${end};`);
  const blocks = Math.ceil((end - start) / block);
  const step = blocks <= 64 ? 1 : (blocks - 1) / 63;
  const buffer = Buffer.alloc(block);
  for (let i = 0; Math.round(i * step) < blocks; i++) {
    const at = start + Math.round(i * step) * block;
    const part = buffer.subarray(0, Math.min(block, end - at));
    readFully(file, part, at);
    hash.update(part);
  }
  return hash.hex();
}

function readFully(file: number, buffer: Buffer, position: number): void {
  let done = 0;
  while (done < buffer.length) {
    const count = readSync(file, buffer, done, buffer.length - done, position + done);
    if (count === 0) {
      throw new TunesmithError({
        package: '@tunesmith/trainer',
        code: 'invalid-token-stream',
        message: `the token file ended ${buffer.length - done} bytes early: it was shortened while it was read`,
      });
    }
    done += count;
  }
}
