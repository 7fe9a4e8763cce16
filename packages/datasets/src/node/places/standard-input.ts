import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileOf, type DataFile } from '../../read/data-file.ts';
import { nodeUnpacking } from '../unpacking.ts';

/**
 * What comes in through the standard input. What is read once is kept in a temporary file, so that it can be looked at again: its
 * beginning says what it is.
 */
export function standardInput(source: AsyncIterable<Uint8Array> = process.stdin): DataFile {
  const kept = keeping(source);
  return fileOf('stdin', { stream: kept.read }, nodeUnpacking);
}

/** Bytes that come once, for several to read from the beginning. */
function keeping(source: AsyncIterable<Uint8Array>) {
  const input = source[Symbol.asyncIterator]();
  let place:
    | Promise<{
        path: string;
        write: (bytes: Uint8Array) => Promise<void>;
        end: () => Promise<void>;
      }>
    | undefined;
  let size = 0;
  let isAll = false;
  let advancing: Promise<void> = Promise.resolve();

  /** Takes one more piece, unless somebody else did meanwhile. */
  const advance = (from: number): Promise<void> => {
    advancing = advancing.then(async () => {
      if (isAll || size > from) return;
      const file = await (place ??= temporaryFile());
      const { done, value } = await input.next();
      if (done) {
        isAll = true;
        await file.end();
        return;
      }
      await file.write(value);
      size += value.length;
    });
    return advancing;
  };

  return {
    async *read(): AsyncGenerator<Uint8Array> {
      for (let at = 0; ;) {
        while (at < size) {
          const { path } = await place!;
          for await (const piece of createReadStream(path, { start: at, end: size - 1 })) {
            yield piece as Uint8Array;
            at += (piece as Uint8Array).length;
          }
        }
        if (isAll && at >= size) return;
        await advance(at);
      }
    },
  };
}

async function temporaryFile() {
  const folder = await mkdtemp(join(tmpdir(), 'tunesmith-stdin-'));
  const path = join(folder, 'rows');
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const stream = createWriteStream(path);
  return {
    path,
    async write(bytes: Uint8Array): Promise<void> {
      await new Promise<void>((resolve, reject) =>
        stream.write(bytes, (error) => (error ? reject(error) : resolve())),
      );
    },
    async end(): Promise<void> {
      stream.end();
      await finished(stream);
    },
  };
}
